// On every page. What a page may lack (references, checked forms, the tour) is loaded only where
// it is; see COMPONENTS.md for the attributes that ask for it.

import './style/app.css';
import { startCopying } from './app/copy';
import { startDeciding } from './app/decide';
import { startKeys } from './app/keys';
import { startLook } from './app/look';
import { startMenus } from './app/menus';
import { startTimes } from './app/times';
import { startTourCalls } from './app/tour-call';
import { remembered } from './shared/store';

startLook();
startMenus();
startTimes();
startCopying();
startKeys();
// Not later: a key that is pressed at once would decide without a reason.
startDeciding();
startTourCalls();

const search = document.querySelector<HTMLInputElement>('.top .search input');
search?.addEventListener('focus', () => void import('./app/finder').then((module) => module.startFinder(search)), { once: true });
if (document.querySelector('[data-refs]')) {
  void import('./app/references').then((module) => module.startReferences());
}
if (document.querySelector('[data-rows]')) {
  void import('./app/rows').then((module) => module.startRows());
}
if (document.querySelector('[data-follow]')) {
  void import('./app/follow').then((module) => module.startFollowing());
}
// Also on the page that answers a form: a draft that went in is dropped there.
if (document.querySelector('form[method="post"] .field, form[data-validate]') || remembered('draft:').length > 0) {
  void import('./app/forms').then((module) => module.startForms());
}
