// Shows a mark's values beside the pointer, or beside the mark when it has the keyboard's focus.
(function () {
  "use strict";
  const tip = document.getElementById("tip");
  function show(mark, x, y) {
    tip.textContent = mark.dataset.tip;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 4)) + "px";
    tip.style.top = Math.max(4, Math.min(y + 14, innerHeight - box.height - 4)) + "px";
  }
  for (const mark of document.querySelectorAll("[data-tip]")) {
    mark.addEventListener("pointermove", event => show(mark, event.clientX, event.clientY));
    mark.addEventListener("pointerleave", () => { tip.hidden = true; });
    mark.addEventListener("focus", () => {
      const box = mark.getBoundingClientRect();
      show(mark, box.right, box.bottom);
    });
    mark.addEventListener("blur", () => { tip.hidden = true; });
  }
})();
