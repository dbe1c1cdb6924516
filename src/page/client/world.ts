/** Where there is land, by latitude: longitudes from and to, at every fifth degree. Drawn by hand, and coarse. */
const LAND: readonly (readonly [number, ...number[]])[] = [
  [70, -160, -140, -120, -75, -55, -25, 20, 30, 70, 180],
  [65, -165, -70, -50, -40, -20, -15, 15, 180],
  [60, -160, -95, -75, -65, -45, -45, 5, 10, 15, 170],
  [55, -130, -90, -80, -60, -5, -5, 10, 135, 160, 160],
  [50, -125, -60, -5, -5, 5, 140],
  [45, -120, -65, 0, 140],
  [40, -120, -75, -5, -5, 15, 15, 25, 45, 55, 125, 140, 140],
  [35, -120, -80, -5, 10, 35, 45, 50, 120, 135, 140],
  [30, -115, -85, -5, 35, 45, 120, 130, 130],
  [25, -110, -100, -80, -80, -10, 35, 40, 55, 70, 90, 95, 120],
  [20, -105, -90, -75, -75, -15, 40, 45, 55, 75, 85, 95, 110],
  [15, -95, -85, -15, 40, 45, 50, 75, 80, 100, 105, 120, 120],
  [10, -85, -85, -75, -65, -10, 45, 75, 80, 100, 105, 125, 125],
  [5, -75, -55, -5, -5, 5, 45, 100, 100, 115, 115],
  [0, -80, -50, 10, 40, 100, 100, 110, 115, 120, 120],
  [-5, -80, -40, 15, 35, 105, 105, 140, 145],
  [-10, -75, -40, 15, 35, 110, 125, 150, 150],
  [-15, -75, -40, 15, 35, 50, 50, 130, 145],
  [-20, -70, -45, 15, 30, 45, 45, 120, 145],
  [-25, -70, -50, 15, 30, 45, 45, 115, 150],
  [-30, -70, -55, 20, 30, 115, 150],
  [-35, -70, -60, 20, 20, 140, 150],
  [-40, -70, -65, 145, 145, 175, 175],
  [-45, -70, -70, 170, 170],
  [-50, -70, -70],
];
const STEP = 5;

/** The picture's coordinates: degrees, from the north-west corner. */
export const WORLD = { north: 76, width: 360, height: 132 };

export function project(latitude: number, longitude: number): [number, number] {
  return [longitude + 180, WORLD.north - latitude];
}

/** Every point of land, as the path of a line with round ends. */
export function landPath(): string {
  return LAND.flatMap(([latitude, ...edges]) =>
    edges.flatMap((from, i) => {
      if (i % 2 === 1) return [];
      const points = ((edges[i + 1] ?? from) - from) / STEP + 1;
      return Array.from({ length: points }, (_, k) => {
        const [x, y] = project(latitude, from + k * STEP);
        return `M${x} ${y}h0`;
      });
    }),
  ).join('');
}
