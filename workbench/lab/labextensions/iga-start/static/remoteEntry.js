// Runs the cells of the start page, and of no other notebook, when it is opened: `iga lab` writes that page anew at
// each start. Written by hand as a module-federation container, so that nothing needs to be built.
(() => {
  'use strict';
  const NAME = 'iga-start';
  const START_PAGES = ['mulai.ipynb', 'start.ipynb'];
  let shared = {};

  const load = async module => {
    const versions = Object.values(shared[module] || {});
    const factory = await versions[0].get();
    return factory();
  };

  const plugin = async () => {
    const { INotebookTracker, NotebookActions } = await load('@jupyterlab/notebook');
    return {
      id: `${NAME}:plugin`,
      autoStart: true,
      requires: [INotebookTracker],
      activate: (_app, tracker) => {
        tracker.widgetAdded.connect(async (_sender, panel) => {
          if (!START_PAGES.includes(panel.context.path)) {
            return;
          }
          await panel.context.ready;
          await panel.sessionContext.ready;
          // A kernel that has run something holds the form already: the page was reloaded, and shows it again by itself.
          const kernel = panel.sessionContext.session.kernel;
          const reply = await kernel.requestExecute({ code: '', silent: true }).done;
          if (reply.content.execution_count > 1) {
            return;
          }
          await NotebookActions.runAll(panel.content, panel.sessionContext);
          panel.content.activeCellIndex = 0;
          await panel.context.save();
        });
      }
    };
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: scope => {
      shared = scope;
    },
    get: async _module => {
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    }
  };
})();
