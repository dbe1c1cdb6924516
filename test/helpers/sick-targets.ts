import { findFreePort } from '../../src/lab/ports.js';
import { SICKNESSES, type Sickness, type Stage } from './sick-bytes.js';
import { NAME_KINDS, type SickNames } from './sick-names.js';
import { startSickServer } from './sick-server.js';
import { startSilentPort } from './silent-port.js';

/** A target that is sick at one stage in one way. */
export interface SickTarget {
  readonly name: string;
  readonly stage: 'dns' | Stage | 'down';
  readonly kind: string;
  /** As a TARGETS_FILE lists it. */
  readonly entry: object;
  /** Most of the connections that its server had at a time; null: there is no server. */
  most(): number | null;
}

export interface SickTargets {
  readonly all: readonly SickTarget[];
  close(): Promise<void>;
}

/** Every stage in every way. Without `names` those of the stage `dns` are left out. */
export async function startSickTargets(
  upstream: { readonly host: string; readonly port: number },
  names: SickNames | null,
): Promise<SickTargets> {
  const all: SickTarget[] = [];
  const closes: (() => Promise<void>)[] = [];
  const add = (
    stage: SickTarget['stage'],
    kind: string,
    where: object,
    most: () => number | null = () => null,
  ) => {
    const name = `${stage}-${kind}`.replaceAll(' ', '-');
    all.push({ name, stage, kind, entry: { name, ...where }, most });
  };

  const host = '127.0.0.1';
  const closedPort = await findFreePort();
  for (const kind of names === null ? [] : NAME_KINDS) {
    add('dns', kind, { host: names?.nameOf(kind), port: closedPort });
  }
  const silent = await startSilentPort();
  closes.push(silent.close);
  add('tcp', 'hang', { host, port: silent.port });
  for (const [stage, kinds] of Object.entries(SICKNESSES) as [Stage, Record<string, Sickness>][]) {
    for (const [kind, sicken] of Object.entries(kinds)) {
      const server = await startSickServer({ stage, sicken, upstream });
      closes.push(server.close);
      const sslmode = stage === 'tls' ? 'require' : 'disable';
      add(stage, kind, { host, port: server.port, sslmode }, server.most);
    }
  }
  add('down', 'refused', { host, port: closedPort });
  return {
    all,
    async close() {
      await Promise.all(closes.map((close) => close()));
    },
  };
}
