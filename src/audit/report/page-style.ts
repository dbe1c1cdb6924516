/** A bar begins after the trips and the server's time before it. The whole width is the unit's time at the distance shown. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2330, #e6eaf0);
  --dim: light-dark(#5a6474, #a0abba);
  --paper: light-dark(#ffffff, #12161d);
  --card: light-dark(#f4f6f9, #1b212b);
  --line: light-dark(#d5dbe3, #323b48);
  --way: light-dark(#8db4e8, #3f6ea8);
  --time: light-dark(#1f5fae, #8cc0ff);
  --saved: light-dark(#e8b07a, #a8682c);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1rem 0 .2rem; }
p { margin: .3rem 0; }
small, .legend, footer { color: var(--dim); font-size: .85rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
.distance { position: sticky; top: 0; z-index: 1; }
.distance input { width: 100%; margin: .5rem 0; accent-color: var(--time); }
output { font-weight: 700; font-variant-numeric: tabular-nums; }
.places { display: flex; flex-wrap: wrap; gap: .4rem; }
button { font: inherit; font-size: .9rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; padding: .15rem .6rem; cursor: pointer; }
button[aria-pressed='true'] { border-color: var(--time); outline: 1px solid var(--time); }
.waterfall { list-style: none; margin: .8rem 0 .3rem; padding: 0; }
.waterfall li { display: grid; grid-template-columns: minmax(9rem, 16rem) 1fr; gap: .6rem; align-items: center; min-height: 1.6rem; }
.label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .9rem; }
.track { position: relative; height: 1rem; }
.bar {
  --full: max(var(--trips) * var(--rtt) + var(--server), 1);
  position: absolute; top: 0; bottom: 0; border-radius: 2px; background: var(--way); min-width: 2px;
  left: calc((var(--i) * var(--rtt) + var(--before)) / (var(--full)) * 100%);
  width: calc((var(--rtt) + var(--own)) / (var(--full)) * 100%);
}
.own { position: absolute; top: 0; bottom: 0; left: calc(var(--rtt) / 2 / max(var(--rtt) + var(--own), .001) * 100%); width: calc(var(--own) / max(var(--rtt) + var(--own), .001) * 100%); min-width: 1px; background: var(--time); }
.saved .bar, .key.saved { background: var(--saved); }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-left: .8rem; }
.key.way { background: var(--way); margin-left: 0; }
.key.time { background: var(--time); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0; }
th, td { padding: .15rem .8rem .15rem 0; text-align: left; white-space: nowrap; font-size: .9rem; }
th { color: var(--dim); font-weight: 500; }
ul { margin: .2rem 0; padding-left: 1.2rem; }
`;
