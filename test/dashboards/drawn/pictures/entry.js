// What runs in the browser: the libraries, which are installed beside this test alone, and the page that they draw.
import * as react from 'react';
import { createRoot } from 'react-dom/client';
import * as data from '@grafana/data';
import * as ui from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import 'uplot/dist/uPlot.min.css';
import '@grafana/react-data-grid/lib/styles.css';
import { pageOf } from './page.js';

globalThis.drawScene = async (scene) => {
  data.setTimeZoneResolver(() => 'utc');
  const page = await pageOf({ react, data, ui: { ...ui, TableNG } }, scene);
  createRoot(globalThis.document.getElementById('root')).render(page);
};
