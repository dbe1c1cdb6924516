/** What we use of @grafana/data. It is installed here alone, so its own types are not at hand. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly config: {
    readonly unit?: string;
    readonly decimals?: number;
    readonly custom?: Readonly<Record<string, unknown>>;
    readonly color?: { readonly mode?: string; readonly fixedColor?: string };
  };
  readonly values: readonly unknown[];
  readonly display?: (value: unknown) => Shown;
  readonly getLinks?: (at: { valueRowIndex: number }) => readonly { href: string }[];
}

export interface Frame {
  readonly refId?: string;
  readonly name?: string;
  readonly fields: readonly Field[];
  readonly length: number;
}

/** A value as Grafana would write it. */
export interface Shown {
  readonly text: string;
  readonly numeric: number;
  readonly color?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly title?: string;
}

export type Replace = (text: string, scoped?: Scoped) => string;

export interface Scoped {
  readonly __dataContext?: {
    readonly value: { readonly frame: Frame; readonly field?: Field; readonly rowIndex?: number };
  };
}

interface Observable {
  subscribe(observer: { next(frames: Frame[]): void; error(cause: unknown): void }): unknown;
}

export interface GrafanaData {
  toDataFrame(frame: unknown): Frame;
  transformDataFrame(options: unknown[], frames: Frame[], context: unknown): Observable;
  applyFieldOverrides(options: unknown): Frame[];
  getFieldDisplayValues(options: unknown): readonly { readonly display: Shown }[];
  getFieldDisplayName(field: Field, frame?: Frame, all?: readonly Frame[]): string;
  getFieldSeriesColor(field: Field, theme: unknown): { readonly color: string };
  sortDataFrame(frame: Frame, index: number, descending: boolean): Frame;
  formattedValueToString(value: Shown): string;
  createTheme(options: unknown): unknown;
  dateTime(milliseconds: number): unknown;
  getDisplayValueAlignmentFactors: unknown;
  identityOverrideProcessor: unknown;
  FieldConfigOptionsRegistry: new (items: () => unknown[]) => unknown;
  standardTransformers: Record<string, { id: string; name: string }>;
  standardTransformersRegistry: { setInit(init: () => unknown[]): void };
  [processor: `${string}OverrideProcessor`]: unknown;
}

/** Every option that a panel's fields may have; what is not listed here is taken for no option at all. */
const STANDARD =
  'unit min max decimals noValue color mappings displayName links thresholds description filterable actions fieldMinMax';
const CUSTOM =
  'lineWidth fillOpacity spanNulls showPoints pointSize drawStyle fillBelowTo lineStyle lineInterpolation stacking axisPlacement axisLabel axisSoftMin axisSoftMax hideFrom width minWidth align cellOptions inspect gradientMode filterable wrapText hidden';
const PROCESSORS: Readonly<Record<string, `${string}OverrideProcessor`>> = {
  thresholds: 'thresholdsOverrideProcessor',
  links: 'dataLinksOverrideProcessor',
  displayName: 'displayNameOverrideProcessor',
  unit: 'unitOverrideProcessor',
  mappings: 'valueMappingsOverrideProcessor',
  decimals: 'numberOverrideProcessor',
  min: 'numberOverrideProcessor',
  max: 'numberOverrideProcessor',
};

/** Fills the library's registries, as Grafana's application fills them at its start. */
export function fillRegistries(library: GrafanaData) {
  const option = (name: string, isCustom: boolean) => ({
    id: isCustom ? `custom.${name}` : name,
    path: name,
    name,
    isCustom,
    process:
      library[
        isCustom ? 'identityOverrideProcessor' : (PROCESSORS[name] ?? 'identityOverrideProcessor')
      ],
    shouldApply: () => true,
    settings: {},
  });
  const fieldConfigRegistry = new library.FieldConfigOptionsRegistry(() => [
    ...STANDARD.split(' ').map((name) => option(name, false)),
    ...CUSTOM.split(' ').map((name) => option(name, true)),
  ]);
  const transformers = new Map(Object.values(library.standardTransformers).map((t) => [t.id, t]));
  library.standardTransformersRegistry.setInit(() =>
    [...transformers.values()].map((t) => ({
      id: t.id,
      name: t.name,
      transformation: () => Promise.resolve(t),
    })),
  );
  return { library, fieldConfigRegistry, theme: library.createTheme({ colors: { mode: 'dark' } }) };
}

export type Grafana = ReturnType<typeof fillRegistries>;
