// Before anything is painted: the colour scheme that was chosen here, so that no light page flashes up in the dark.
(function () {
  var chosen = "auto";
  try {
    chosen = localStorage.getItem("steelgate.scheme") || "auto";
  } catch (e) {
    // The browser keeps nothing: the system's scheme it is.
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  // What the browser paints before there are styles goes by this.
  document.querySelector('meta[name="color-scheme"]').setAttribute("content", dark ? "dark" : "light");
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
