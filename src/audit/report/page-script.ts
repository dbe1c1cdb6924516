/** What runs in the page: the slider sets --rtt, and writes each unit's time at that distance. */
export const PAGE_SCRIPT = `
const slider = document.getElementById('rtt');
const shown = document.getElementById('shown');
const duration = (ms) =>
  ms >= 10000 ? (ms / 1000).toFixed(0) + ' s' : ms >= 1000 ? (ms / 1000).toFixed(1) + ' s'
  : ms >= 10 ? ms.toFixed(0) + ' ms' : ms.toFixed(1) + ' ms';
const show = (rtt) => {
  document.body.style.setProperty('--rtt', rtt);
  shown.textContent = duration(rtt);
  slider.setAttribute('aria-valuetext', duration(rtt));
  for (const button of document.querySelectorAll('button[data-rtt]')) {
    button.setAttribute('aria-pressed', String(Math.abs(Number(button.dataset.rtt) - rtt) < 0.06));
  }
  for (const unit of document.querySelectorAll('section[data-trips]')) {
    const ms = Number(unit.dataset.trips) * rtt + Number(unit.dataset.server);
    unit.querySelector('.total').textContent = duration(ms);
  }
};
slider.addEventListener('input', () => show(Number(slider.value)));
for (const button of document.querySelectorAll('button[data-rtt]')) {
  button.addEventListener('click', () => {
    slider.value = button.dataset.rtt;
    show(Number(button.dataset.rtt));
  });
}
show(Number(slider.value));
`;
