// Offers the desk (the page /iga/ of the same server) inside JupyterLab: a launcher card, a menu, a palette entry, and a
// tab that is there again after a reload. Written by hand as a module-federation container, so that nothing is built.
(() => {
  'use strict';
  const NAME = 'iga-start';
  const COMMAND = 'iga:open-desk';
  const WORDS = {
    id: {
      label: 'Meja inovasi',
      caption: 'Muat berkas, lihat kesiapan, rencana, dan laporan',
      menu: 'IGA',
      again: 'Kembali ke halaman depan meja'
    },
    en: {
      label: 'Innovation desk',
      caption: 'Load files, see readiness, plan and reports',
      menu: 'IGA',
      again: 'Back to the front page of the desk'
    }
  };
  const ICON =
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">' +
    '<path d="M2 5h20v4H2z"/><path d="M4 10h3v9H4zM17 10h3v9h-3z"/><path d="M9 12h2v4H9zM12.5 10.5h2V16h-2z"/></g></svg>';
  let shared = {};

  const load = async module => {
    const versions = Object.values(shared[module] || {});
    const factory = await versions[0].get();
    return factory();
  };

  const plugin = async () => {
    const [application, apputils, coreutils, launcher, mainmenu, components, widgets] = await Promise.all([
      load('@jupyterlab/application'),
      load('@jupyterlab/apputils'),
      load('@jupyterlab/coreutils'),
      load('@jupyterlab/launcher'),
      load('@jupyterlab/mainmenu'),
      load('@jupyterlab/ui-components'),
      load('@lumino/widgets')
    ]);
    const { PageConfig, URLExt } = coreutils;
    const words = WORDS[PageConfig.getOption('igaLang')] || WORDS.id;
    const icon = new components.LabIcon({ name: `${NAME}:desk`, svgstr: ICON });
    // In an office another server serves the desk; its address then stands in the page's configuration.
    const address = PageConfig.getOption('igaDesk') || URLExt.join(PageConfig.getBaseUrl(), 'iga/');

    const tab = () => {
      // The page is ours and of this server; what it may load is the policy that it comes with.
      const content = new components.IFrame({
        sandbox: [
          'allow-scripts', 'allow-same-origin', 'allow-forms', 'allow-downloads', 'allow-modals', 'allow-popups',
          'allow-popups-to-escape-sandbox', 'allow-top-navigation-by-user-activation'
        ],
        loading: 'eager'
      });
      content.url = address;
      content.node.querySelector('iframe').title = words.label;
      const main = new apputils.MainAreaWidget({ content });
      main.id = `${NAME}-desk`;
      main.title.label = words.label;
      main.title.caption = words.caption;
      main.title.icon = icon;
      main.title.closable = true;
      return main;
    };

    return {
      id: `${NAME}:plugin`,
      autoStart: true,
      requires: [application.ILayoutRestorer, apputils.ICommandPalette],
      optional: [launcher.ILauncher, mainmenu.IMainMenu],
      activate: (app, restorer, palette, cards, menus) => {
        const tracker = new apputils.WidgetTracker({ namespace: NAME });
        let desk = null;
        app.commands.addCommand(COMMAND, {
          label: words.label,
          caption: words.caption,
          icon,
          execute: async () => {
            if (desk === null || desk.isDisposed) {
              desk = tab();
              await tracker.add(desk);
            }
            if (!desk.isAttached) {
              app.shell.add(desk, 'main');
            }
            app.shell.activateById(desk.id);
            return desk;
          }
        });
        app.commands.addCommand(`${COMMAND}-front`, {
          label: words.again,
          execute: async () => {
            const opened = await app.commands.execute(COMMAND);
            opened.content.url = address;
          }
        });
        void restorer.restore(tracker, { command: COMMAND, name: () => 'desk' });
        palette.addItem({ command: COMMAND, category: words.menu });
        palette.addItem({ command: `${COMMAND}-front`, category: words.menu });
        if (cards) {
          cards.add({ command: COMMAND, category: words.menu, rank: 0 });
        }
        if (menus) {
          const menu = new widgets.Menu({ commands: app.commands });
          menu.id = `${NAME}-menu`;
          menu.title.label = words.menu;
          menu.addItem({ command: COMMAND });
          menu.addItem({ command: `${COMMAND}-front` });
          menus.addMenu(menu, true, { rank: 900 });
        }
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
