// On every page. What a page may lack (references, checked forms, the tour) is loaded only where
// it is; see COMPONENTS.md for the attributes that ask for it.

import './style/app.css';
import { startCopying } from './app/copy';
import { startKeys } from './app/keys';
import { startLook } from './app/look';
import { startMenus } from './app/menus';
import { startTimes } from './app/times';
import { startTourCalls } from './app/tour-call';

startLook();
startMenus();
startTimes();
startCopying();
startKeys();
startTourCalls();

if (document.querySelector('[data-refs]')) {
  void import('./app/references').then((module) => module.startReferences());
}
if (document.querySelector('form[method="post"] .field, form[data-validate]')) {
  void import('./app/forms').then((module) => module.startForms());
}
