// Sets the chosen theme before anything is painted.
(() => {
  try {
    const theme = localStorage.getItem("vultus.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's preference decides.
  }
})();
