/* table: long lists. Only the rows that are in sight exist, and what scrolls by takes the elements of what has gone, so that
 * 10,000 are as smooth as ten; the page itself scrolls. */
import { html, useLayoutEffect, useRef, useSignal } from "../lib.js";
import { useKeys } from "../router.js";
import { Icon } from "./parts.js";

const OVERSCAN = 4;

/**
 * @typedef {object} Column
 * @property {string} key @property {string} name heading
 * @property {(row: any) => any} show
 * @property {((row: any) => any)} [by] what it is sorted by; without it is not
 * @property {string} [class] of its cells @property {string} width CSS grid track
 */

/** Rows in an order. @param {any[]} rows @param {Column[]} columns @param {string} sort a key, "-" before it: descending */
export const sorted = (rows, columns, sort) => {
	const down = sort.startsWith("-");
	const column = columns.find((one) => one.key === sort.replace(/^-/, ""));
	if (!column?.by) return rows;
	const keyed = rows.map((row) => [column.by(row), row]);
	const sign = down ? -1 : 1;
	keyed.sort(([a], [b]) => (a < b ? -sign : a > b ? sign : 0));
	return keyed.map(([, row]) => row);
};

/* The names of the elements that rows are shown in: a row that stays keeps its element, one that comes takes the element
 * of one that goes. So scrolling makes no elements, and a row that has the focus keeps it. */
const useSlots = () => {
	const held = useRef(new Map());
	const made = useRef(0);
	return (ids) => {
		const wanted = new Set(ids);
		const free = [...held.current].filter(([one]) => !wanted.has(one)).map(([, slot]) => slot);
		let taken = 0;
		held.current = new Map(ids.map((one) => [one, held.current.get(one) ?? free[taken++] ?? made.current++]));
		return held.current;
	};
};

/* It is drawn anew only when it is another row, or stands elsewhere: it reads a signal, and such a component is left alone
 * while its properties stay the same. */
const Row = ({ columns, row, index, name, picked, current, selects, looks }) => html`<div role="row" aria-rowindex=${index + 2} data-row=${index} class=${`table-row ${looks} ${picked ? "picked" : ""} ${current.value === index ? "current" : ""}`}>
	${selects && html`<div class="table-cell table-pick" role="cell"><label class="pick"><input type="checkbox" aria-label=${`Select ${name}`} checked=${picked} /></label></div>`}
	${columns.map((column) => html`<div key=${column.key} class=${column.class ? "table-cell " + column.class : "table-cell"} role="cell">${column.show(row)}</div>`)}
</div>`;

/**
 * @param {object} props
 * @param {Column[]} props.columns
 * @param {any[]} props.rows
 * @param {(row: any) => string} props.id
 * @param {string} props.label
 * @param {string} [props.sort] @param {(sort: string) => void} [props.onSort]
 * @param {Set<string>} [props.selected] @param {(ids: Set<string>) => void} [props.onSelect] without: rows cannot be selected
 * @param {(row: any) => void} [props.onOpen]
 * @param {(row: any, what: string, button: HTMLElement) => void} [props.onDo] a button of a row with data-do is pressed
 * @param {number} [props.height] of a row in pixels
 */
export const Table = ({ columns, rows, id, label, sort, onSort, selected, onSelect, onOpen, onDo, height = 44, phoneHeight = 64 }) => {
	const body = useRef(null);
	const first = useSignal(0);
	const room = useSignal(Math.ceil(innerHeight / height)); /* rows that the window holds */
	const current = useSignal(-1);
	const anchor = useRef(-1);
	const narrow = useSignal(matchMedia("(max-width: 760px)").matches);
	const tall = narrow.value ? phoneHeight : height;
	const slots = useSlots();
	const start = useRef(0); /* where the rows begin on the page: asked for seldom, since an answer costs a layout */
	const look = () => (first.value = Math.max(0, Math.floor((scrollY - start.current) / tall) - OVERSCAN));
	useLayoutEffect(() => {
		const measure = () => {
			if (!body.current) return;
			start.current = body.current.getBoundingClientRect().top + scrollY;
			room.value = Math.ceil(innerHeight / tall);
			look();
		};
		measure();
		const media = matchMedia("(max-width: 760px)");
		const turned = () => (narrow.value = media.matches);
		/* What stands above may grow or shrink. */
		const observer = new ResizeObserver(measure);
		observer.observe(document.body);
		addEventListener("scroll", look, { passive: true });
		addEventListener("resize", measure);
		media.addEventListener("change", turned);
		return () => {
			observer.disconnect();
			removeEventListener("scroll", look);
			removeEventListener("resize", measure);
			media.removeEventListener("change", turned);
		};
	}, [tall]);
	const step = (by) => () => {
		const next = Math.max(0, Math.min(rows.length - 1, current.value + by));
		current.value = next;
		const top = body.current.getBoundingClientRect().top + next * tall;
		if (top < 120) scrollBy(0, top - 120);
		else if (top + tall > innerHeight - 80) scrollBy(0, top + tall - innerHeight + 80);
		requestAnimationFrame(() => body.current?.querySelector(`[data-row="${next}"] a, [data-row="${next}"] input`)?.focus({ preventScroll: true }));
	};
	const select = (index, on, range) => {
		const next = new Set(selected);
		const [from, till] = range && anchor.current >= 0 ? [Math.min(anchor.current, index), Math.max(anchor.current, index)] : [index, index];
		for (let i = from; i <= till; i++) on ? next.add(id(rows[i])) : next.delete(id(rows[i]));
		anchor.current = index;
		onSelect(next);
	};
	useKeys({
		j: step(1),
		k: step(-1),
		x: () => onSelect && rows[current.value] && select(current.value, !selected.has(id(rows[current.value]))),
	});
	/* One for all rows: none has a listener of its own. */
	const pressed = (event) => {
		const index = Number(event.target.closest("[data-row]")?.dataset.row ?? -1);
		const row = rows[index];
		if (!row) return;
		const button = event.target.closest("[data-do]");
		if (button) onDo(row, button.dataset.do, button);
		else if (event.target.matches(".pick > input")) select(index, event.target.checked, event.shiftKey);
		else if (onOpen && !event.target.closest("a, button, input, label, [popover]") && !getSelection().toString()) onOpen(row);
	};
	/* A button that shows an icon only tells its name when it is pointed at. */
	const pointed = (event) => {
		const button = event.target.closest("[data-do]");
		if (button) button.title = button.getAttribute("aria-label");
	};
	const count = Math.min(rows.length, room.value + 2 * OVERSCAN);
	const from = Math.min(first.value, rows.length - count);
	const shown = rows.slice(from, from + count);
	const names = slots(shown.map(id));
	const all = onSelect && rows.length > 0 && selected.size >= rows.length && rows.every((row) => selected.has(id(row)));
	const some = onSelect && !all && selected.size > 0;
	return html`<div class="table" role="table" aria-label=${label} aria-rowcount=${rows.length + 1} style=${{ "--columns": (onSelect ? "36px " : "") + columns.map((column) => column.width).join(" "), "--tall": tall + "px" }}>
		<div class="table-head" role="rowgroup"><div class="table-row" role="row">
			${onSelect && html`<div class="table-cell table-pick" role="columnheader"><input type="checkbox" aria-label="Select all that are shown" checked=${all} ref=${(node) => node && (node.indeterminate = some)} onChange=${() => onSelect(all ? new Set() : new Set(rows.map(id)))} /></div>`}
			${columns.map((column) => {
				const at = sort?.replace(/^-/, "") === column.key;
				const down = at && sort.startsWith("-");
				return html`<div key=${column.key} class=${"table-cell " + (column.class || "")} role="columnheader" aria-sort=${at ? (down ? "descending" : "ascending") : undefined}>
					${column.by && onSort ? html`<button type="button" class="table-sort" onClick=${() => onSort(at && !down ? "-" + column.key : column.key)}>${column.name}<${Icon} name=${down ? "down" : "up"} size=${12} class=${at ? "" : "unseen"} /></button>` : column.hideName ? html`<span class="hidden-text">${column.name}</span>` : column.name}
				</div>`;
			})}
		</div></div>
		<div class="table-body" role="rowgroup" ref=${body} style=${{ height: rows.length * tall + "px", paddingTop: from * tall + "px" }} onClick=${pressed} onPointerOver=${pointed}>
			${shown.map((row, i) => {
				const key = id(row);
				return html`<${Row} key=${names.get(key)} columns=${columns} row=${row} index=${from + i} name=${row.name || key} picked=${Boolean(onSelect && selected.has(key))} current=${current} selects=${Boolean(onSelect)} looks=${onOpen ? "opens" : ""} />`;
			})}
		</div>
	</div>`;
};
