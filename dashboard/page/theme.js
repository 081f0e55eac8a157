// Before anything is drawn, so that nothing flashes. 'auto' follows the system.
(function () {
  'use strict';
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('rapporteur.theme') || 'auto';
  } catch { /* a browser that keeps nothing */ }
  if (chosen === 'light' || chosen === 'dark')
    document.documentElement.dataset.theme = chosen;
})();
