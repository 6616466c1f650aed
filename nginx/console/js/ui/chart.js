/* chart: CPU and memory as they go on. uPlot is fetched when the first chart is shown. */
import { html, useEffect, useRef, useSignal } from "../lib.js";
import { useStream } from "./stream.js";
import { memory, bytes, cores } from "../format.js";
import { Icon } from "./parts.js";

const KEPT = 600;
const SHOWN_S = 60; /* at least: a chart that has just begun fills up from the right */

/* Of what is shown, from its times: with a single one uPlot would show the whole day. */
const span = (times) => {
	const last = times.at(-1) ?? Date.now() / 1000;
	return [Math.min(times[0] ?? last, last - SHOWN_S), last];
};

const colour = (name) => {
	const probe = document.createElement("i");
	probe.className = "probe";
	probe.style.color = `var(${name})`;
	document.body.append(probe);
	const value = getComputedStyle(probe).color;
	probe.remove();
	return value;
};

const faded = (rgb, alpha) => rgb.replace(/^rgb\((.*)\)$/, (all, inner) => (inner.includes(",") ? `rgba(${inner}, ${alpha})` : `rgb(${inner} / ${alpha})`));

const styles = () => {
	if (document.querySelector("link[data-uplot]")) return;
	const link = document.createElement("link");
	link.rel = "stylesheet";
	link.href = "vendor/uplot.css";
	link.dataset.uplot = "1";
	document.head.append(link);
};

const options = (width, height, tone, words, top) => {
	const line = colour(tone);
	const grid = { stroke: colour("--line"), width: 1 };
	const axis = { stroke: colour("--text-3"), grid, ticks: { ...grid, size: 4 }, font: "11px system-ui, sans-serif" };
	return {
		width,
		height,
		legend: { show: false },
		cursor: { y: false, points: { size: 6 } },
		padding: [8, 8, 0, 0],
		scales: {
			x: { time: true, range: (u) => span(u.data[0]) },
			y: { range: (u, low, high) => [0, Math.max(top ? Math.min(top, high * 1.6) : 0, high * 1.15, 1)] },
		},
		axes: [
			{ ...axis, space: 70, size: 30, values: (u, ticks) => ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString("en-GB")) },
			{ ...axis, size: 58, values: (u, ticks) => ticks.map(words) },
		],
		series: [{}, { stroke: line, width: 1.75, fill: faded(line, 0.13), points: { show: false } }],
	};
};

const Chart = ({ name, tone, data, words, value, limit, top, height }) => {
	const box = useRef(null);
	const plot = useRef(null);
	const ready = useSignal(false);
	useEffect(() => {
		let gone = false;
		let observer = null;
		const draw = async () => {
			const { default: UPlot } = await import("../../vendor/uplot.js");
			if (gone || !box.current) return;
			plot.current?.destroy();
			plot.current = new UPlot(options(box.current.clientWidth, height, tone, words, top), data.current, box.current);
			ready.value = true;
		};
		styles();
		draw();
		observer = new ResizeObserver(() => plot.current?.setSize({ width: box.current.clientWidth, height }));
		observer.observe(box.current);
		const media = matchMedia("(prefers-color-scheme: dark)");
		media.addEventListener("change", draw);
		addEventListener("berth-theme", draw);
		return () => {
			gone = true;
			observer.disconnect();
			media.removeEventListener("change", draw);
			removeEventListener("berth-theme", draw);
			plot.current?.destroy();
			plot.current = null;
		};
	}, [top]);
	useEffect(() => {
		plot.current?.setData(data.current);
	});
	return html`<figure class="chart">
		<figcaption class="spread"><span class="line tight"><i class=${"swatch bar-" + name.toLowerCase()}></i>${name}</span><span><span class="strong">${value}</span>${limit && html`<span class="muted"> of ${limit}</span>`}</span></figcaption>
		<div ref=${box} class="chart-box" style=${{ height: height + "px" }} role="img" aria-label=${`${name} of the last minutes; now ${value}`}></div>
	</figure>`;
};

/** What a container uses, live. @param {{id: string, running: boolean, height?: number, full?: boolean}} props */
export const Stats = ({ id, running, height = 160, full }) => {
	const cpu = useRef([[], []]);
	const used = useRef([[], []]);
	const last = useSignal(null);
	const cut = useSignal(false);
	useEffect(() => {
		cpu.current = [[], []];
		used.current = [[], []];
		last.value = null;
	}, [id]);
	const add = (series, x, y) => {
		const next = [[...series.current[0], x].slice(-KEPT), [...series.current[1], y].slice(-KEPT)];
		series.current = next;
	};
	useStream(
		running ? `/api/containers/${encodeURIComponent(id)}/stats?follow=true` : null,
		{
			message: (sample) => {
				const time = Date.parse(sample.time) / 1000;
				if (!sample.time || time <= (cpu.current[0].at(-1) || 0)) return;
				add(cpu, time, sample.cpu_percent);
				add(used, time, sample.memory_mb);
				last.value = sample;
			},
			end: (last, stop) => last.end === "done" && stop(),
		},
		(state) => (cut.value = state === "cut"),
	);
	if (!running && !last.value) return html`<p class="quiet line"><${Icon} name="info" />It does not run, so it uses nothing.</p>`;
	const sample = last.value;
	return html`<div class="stack">
		<div class="charts">
			<${Chart} name="CPU" tone="--cpu" data=${cpu} words=${(n) => (n === null ? "" : `${Math.round(n * 10) / 10} %`)} value=${typeof sample?.cpu_percent === "number" ? `${sample.cpu_percent.toFixed(1)} %` : "–"} limit=${sample?.cpus ? `${cores(sample.cpus * 100)} %` : ""} height=${height} />
			<${Chart} name="Memory" tone="--memory" data=${used} words=${(n) => (n === null ? "" : memory(n))} value=${sample ? memory(sample.memory_mb) : "–"} limit=${sample?.memory_limit_mb ? memory(sample.memory_limit_mb) : ""} top=${sample?.memory_limit_mb} height=${height} />
		</div>
		${cut.value && html`<p class="tone-warn line"><${Icon} name="unplugged" />Cut off; it is tried again.</p>`}
		${full && sample && html`<dl class="facts facts-row">
			${[["Network in", bytes(sample.network_rx_bytes)], ["Network out", bytes(sample.network_tx_bytes)], ["Disk read", bytes(sample.block_read_bytes)], ["Disk written", bytes(sample.block_write_bytes)], ["Processes", sample.pids]].map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value ?? "–"}</dd></div>`)}
		</dl>`}
	</div>`;
};
