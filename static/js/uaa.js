// What several pages of the settings share: copy buttons, and menus that close by themselves.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  const word = button.querySelector(".copy-word");
  const usual = word.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // Not allowed here (plain http on another host): select it, so that the keyboard copies it.
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      return;
    }
    word.textContent = button.dataset.done;
    setTimeout(() => { word.textContent = usual; }, 2000);
  });
}

// Where the tabs don't fit, the present one is in sight.
for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
  const tabs = tab.closest(".tabs");
  tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
