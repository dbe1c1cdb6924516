/** A backend as a table shows it. */
export interface OnMachine {
  readonly region: string;
  /** The whole name; null: nobody said. */
  readonly machine: string | null;
  /** Tells two processes of one machine apart; null: an older backend. */
  readonly instance: string | null;
  /** `host:port` under which it is asked; null: it is the one that asks. */
  readonly address: string | null;
}

/** A name up to this length is shown whole. */
const WHOLE = 20;
/** Of a longer one: either end may be what differs. */
const HEAD = 8;
const TAIL = 6;

/**
 * For each backend the short name that tells it from the others of its region, and null where it is the
 * only one. No two of a region are the same.
 */
export function shortNames(backends: readonly OnMachine[]): (string | null)[] {
  const names = new Map<OnMachine, string>();
  for (const region of new Set(backends.map((it) => it.region))) {
    const ofRegion = backends.filter((it) => it.region === region);
    if (ofRegion.length < 2) continue;
    namesOf(ofRegion).forEach((name, i) => names.set(ofRegion[i] as OnMachine, name));
  }
  return backends.map((it) => names.get(it) ?? null);
}

function namesOf(backends: readonly OnMachine[]): string[] {
  const whole = backends.map(({ machine, address }) => machine ?? address ?? 'this backend');
  const short = shorten(whole);
  const withPorts = short.map((name, i) => {
    const { machine, address } = backends[i] as OnMachine;
    const port = machine === null ? undefined : /:\d+$/.exec(address ?? '')?.[0];
    return isRepeated(short, name) && port !== undefined ? name + port : name;
  });
  return withPorts.map((name, i) => {
    if (!isRepeated(withPorts, name)) return name;
    const same = backends.filter((_, j) => withPorts[j] === name);
    same.sort((a, b) => ((a.instance ?? '') < (b.instance ?? '') ? -1 : 1));
    return `${name} #${same.indexOf(backends[i] as OnMachine) + 1}`;
  });
}

const isRepeated = (names: readonly string[], name: string) =>
  names.filter((it) => it === name).length > 1;

/** Without their domain, without the beginning that they share, and cut, as far as they stay apart. */
function shorten(names: readonly string[]): string[] {
  const kinds = new Set(names).size;
  const ways: ((name: string) => string)[] = [
    (name) => (isAddress(name) ? name : name.replace(/\..*$/, '')),
    withoutSharedStart(names),
    (name) => (name.length > WHOLE ? `${name.slice(0, HEAD)}…${name.slice(-TAIL)}` : name),
  ];
  let shown = [...names];
  for (const way of ways) {
    if (shown.every(({ length }) => length <= WHOLE)) return shown;
    const shorter = shown.map(way);
    if (new Set(shorter).size === kinds) shown = shorter;
  }
  return shown;
}

function isAddress(name: string): boolean {
  return /^\[|^[\d.]+(:\d+)?$/.test(name);
}

/** `pglatency-7d9f-x2x4p` and `pglatency-7d9f-k9q1z` → `…x2x4p` and `…k9q1z`. */
function withoutSharedStart(names: readonly string[]): (name: string) => string {
  const [first = ''] = names;
  let shared = 0;
  while (shared < first.length && names.every((name) => name[shared] === first[shared]))
    shared += 1;
  const start = first.slice(0, shared).replace(/[^-._]*$/, '');
  return (name) => (start !== '' && name.startsWith(start) ? `…${name.slice(start.length)}` : name);
}
