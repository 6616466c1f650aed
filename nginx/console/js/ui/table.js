/* table: long lists. Only the rows that are in sight exist, so that 10,000 are as smooth as ten; the page itself scrolls. */
import { html, useLayoutEffect, useRef, useSignal } from "../lib.js";
import { useKeys } from "../keys.js";
import { Icon } from "./icons.js";

const OVERSCAN = 8;

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

/**
 * @param {object} props
 * @param {Column[]} props.columns
 * @param {any[]} props.rows
 * @param {(row: any) => string} props.id
 * @param {string} props.label
 * @param {string} [props.sort] @param {(sort: string) => void} [props.onSort]
 * @param {Set<string>} [props.selected] @param {(ids: Set<string>) => void} [props.onSelect] without: rows cannot be selected
 * @param {(row: any) => void} [props.onOpen]
 * @param {number} [props.height] of a row in pixels
 */
export const Table = ({ columns, rows, id, label, sort, onSort, selected, onSelect, onOpen, height = 44, phoneHeight = 64, tone }) => {
	const body = useRef(null);
	const span = useSignal([0, 40]);
	const current = useSignal(-1);
	const anchor = useRef(-1);
	const narrow = useSignal(matchMedia("(max-width: 760px)").matches);
	const tall = narrow.value ? phoneHeight : height;
	const start = useRef(0); /* where the rows begin on the page: asked for seldom, since an answer costs a layout */
	const look = () => {
		const top = start.current - scrollY;
		const from = Math.max(0, Math.floor(-top / tall) - OVERSCAN);
		const till = Math.ceil((innerHeight - top) / tall) + OVERSCAN;
		if (from !== span.value[0] || till !== span.value[1]) span.value = [from, till];
	};
	useLayoutEffect(() => {
		const measure = () => {
			if (!body.current) return;
			start.current = body.current.getBoundingClientRect().top + scrollY;
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
	const template = { gridTemplateColumns: (onSelect ? "36px " : "") + columns.map((column) => column.width).join(" ") };
	const [from, till] = span.value;
	const shown = rows.slice(from, till);
	const all = onSelect && rows.length > 0 && rows.every((row) => selected.has(id(row)));
	const some = onSelect && !all && selected.size > 0;
	return html`<div class="table" role="table" aria-label=${label} aria-rowcount=${rows.length + 1}>
		<div class="table-head" role="rowgroup"><div class="table-row" role="row" style=${template}>
			${onSelect && html`<div class="table-cell table-pick" role="columnheader"><input type="checkbox" aria-label="Select all that are shown" checked=${all} ref=${(node) => node && (node.indeterminate = some)} onChange=${() => onSelect(all ? new Set() : new Set(rows.map(id)))} /></div>`}
			${columns.map((column) => {
				const at = sort?.replace(/^-/, "") === column.key;
				const down = at && sort.startsWith("-");
				return html`<div key=${column.key} class=${"table-cell " + (column.class || "")} role="columnheader" aria-sort=${at ? (down ? "descending" : "ascending") : undefined}>
					${column.by && onSort ? html`<button type="button" class="table-sort" onClick=${() => onSort(at && !down ? "-" + column.key : column.key)}>${column.name}<${Icon} name=${down ? "down" : "up"} size=${12} class=${at ? "" : "unseen"} /></button>` : column.hideName ? html`<span class="hidden-text">${column.name}</span>` : column.name}
				</div>`;
			})}
		</div></div>
		<div class="table-body" role="rowgroup" ref=${body} style=${{ height: rows.length * tall + "px" }}>
			${shown.map((row, i) => {
				const index = from + i;
				const key = id(row);
				const picked = onSelect && selected.has(key);
				return html`<div key=${key} role="row" aria-rowindex=${index + 2} data-row=${index} class=${`table-row ${picked ? "picked" : ""} ${current.value === index ? "current" : ""} ${onOpen ? "opens" : ""} ${tone ? tone(row) : ""}`}
					style=${{ ...template, height: tall + "px", transform: `translateY(${index * tall}px)` }}
					onClick=${(event) => onOpen && !event.target.closest("a, button, input, label, [popover]") && !getSelection().toString() && onOpen(row)}>
					${onSelect && html`<div class="table-cell table-pick" role="cell"><label class="pick"><input type="checkbox" aria-label=${`Select ${row.name || key}`} checked=${picked} onClick=${(event) => select(index, event.currentTarget.checked, event.shiftKey)} /></label></div>`}
					${columns.map((column) => html`<div key=${column.key} class=${"table-cell " + (column.class || "")} role="cell">${column.show(row)}</div>`)}
				</div>`;
			})}
		</div>
	</div>`;
};
