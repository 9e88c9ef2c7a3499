# SPDX-License-Identifier: Apache-2.0
"""What is looked at on every page: the focus, names for screen readers, widths, contrasts."""

import os

VISIBLE_FOCUS = """const style = getComputedStyle(document.activeElement);
return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2"""
OVERFLOW = """const wide = innerWidth;
const over = [...document.querySelectorAll('body *')].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && getComputedStyle(element).position !== 'fixed' && (box.right > wide + 0.5 || box.left < -0.5)
        && !element.closest('.unseen') && !element.closest('.skip') && !element.closest('.clip');
});
return [document.documentElement.scrollWidth > wide, over.slice(0, 3).map((element) => element.outerHTML.slice(0, 120))]"""
# of each text that is seen against what it stands on, as WCAG 2.2 computes it: [ratio, wanted, text, class]
CONTRASTS = """const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
const over = (top, below) => top.slice(0, 3).map((value, index) => value * top[3] + below[index] * (1 - top[3])).concat(1);
const light = (rgb) => rgb.slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
const ground = (element) => {
    if (element === null) return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
};
const isText = (element) => element.matches('input, textarea, select')
    || [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
return [...document.querySelectorAll('body *')].filter((element) => isText(element) && element.checkVisibility()
    && !element.closest('.unseen, .skip, option, script, :disabled, [aria-disabled=true]') && element.getBoundingClientRect().width > 1)
    .map((element) => {
        const style = getComputedStyle(element);
        const below = ground(element);
        const ink = element.placeholder && element.value === '' ? getComputedStyle(element, '::placeholder').color : style.color;
        const pair = [light(below), light(over(parse(ink), below))].sort((a, b) => a - b);
        const px = parseFloat(style.fontSize);
        const isLarge = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
        return [(pair[1] + 0.05) / (pair[0] + 0.05), isLarge ? 3 : 4.5, element.textContent.slice(0, 40), element.className];
    })"""


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def tab_to(browser, what, script):
    """By keyboard: Tab until the focus is where it should be; it can always be seen."""
    for _ in range(60):
        if browser.run("const at = document.activeElement; return " + script):
            expect(browser.run(VISIBLE_FOCUS), "the focus on %s cannot be seen" % what)
            return
        browser.keys("tab")
    raise AssertionError("Tab does not come to %s; it is at %s"
                         % (what, browser.run("return document.activeElement.outerHTML")))


def schemes_and_widths():
    """Every width and both schemes; with NP_SOAK=1 each with each."""
    widths = (360, 768, 1440)
    return [(scheme, width) for scheme in ("light", "dark") for width in widths] if os.environ.get("NP_SOAK") == "1" \
        else [("light", 360), ("dark", 768), ("light", 1440)]


def look_as(browser, scheme, width):
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                        {"name": "prefers-reduced-motion", "value": "reduce"}])
    browser.resize(width, 900)


def look_as_before(browser):
    browser.cdp("Emulation.setEmulatedMedia", features=[])
    browser.resize(1280, 800)


def too_faint(browser):
    """Texts that WCAG's level AA finds too faint; that there are texts at all is expected."""
    found = browser.run(CONTRASTS)
    expect(len(found) > 5, "no texts are seen: %s" % found)
    return [one for one in found if one[0] < one[1]]


def names_of_controls(browser):
    """What a screen reader has no name for."""
    tree = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    kinds = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "dialog"}
    return [node["role"]["value"] for node in tree
            if not node.get("ignored") and node["role"]["value"] in kinds
            and not node.get("name", {}).get("value", "").strip()]
