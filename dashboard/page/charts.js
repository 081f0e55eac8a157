// charts: Chart.js, in the page's colours; each chart has a table beside it that says the same.
import {h} from './dom.js';

let loading = null;

function library() {
  loading = loading || import('./vendor/chart.js').then(({default: Chart}) => {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
    Chart.defaults.animation = false;
    Chart.defaults.maintainAspectRatio = false;
    return Chart;
  });
  return loading;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const SHADES = 9;
const shade = (index) => colour(`--c${index % SHADES}`);

function clothe(Chart, config) {
  Chart.defaults.color = colour('--soft');
  Chart.defaults.borderColor = colour('--line');
  config.data.datasets.forEach((set, index) => {
    const own = shade(set.shade === undefined ? index : set.shade);
    set.backgroundColor = own;
    set.borderColor = config.type === 'line' ? own : colour('--panel');
    set.pointBackgroundColor = own;
    if (config.type === 'bar')
      set.borderWidth = config.options.scales.x.stacked ? {top: 1} : 0;
  });
}

/* An element with the chart. `says` is what it shows, in words; `onPick` hears (dataset, index) of a point
   that was clicked. The chart is ended with the page (signal). */
export function chart(config, {says, onPick, tall, signal}) {
  const canvas = h('canvas', {role: 'img', 'aria-label': says});
  const holder = h('div', {class: tall ? 'chart tall' : 'chart'}, canvas);
  config.options = {plugins: {}, scales: {}, ...config.options};
  config.options.plugins.legend = {position: 'bottom', labels: {boxWidth: 12, boxHeight: 12, padding: 10}, ...config.options.plugins.legend};
  if (onPick) {
    config.options.onClick = (event, found) => { if (found.length) onPick(found[0].datasetIndex, found[0].index); };
    config.options.onHover = (event, found) => { canvas.style.cursor = found.length ? 'pointer' : 'default'; };
  }
  let drawn = null;
  const draw = async () => {
    const Chart = await library();
    if (signal.aborted)
      return;
    if (drawn)
      drawn.destroy();
    clothe(Chart, config);
    drawn = new Chart(canvas, config);
  };
  const start = () => draw().catch((error) => {
    holder.replaceChildren(h('p', {class: 'empty'}, 'The chart could not be drawn; the table says the same.'));
    console.error(error);
  });
  // Once it is in the page and has a size.
  requestAnimationFrame(start);
  window.addEventListener('rapporteur-theme', start, {signal});
  signal.addEventListener('abort', () => { if (drawn) drawn.destroy(); });
  return holder;
}
