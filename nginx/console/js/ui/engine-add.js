/* engine-add: two ways to an engine: one command on the host, or its address by hand. */
import { html, useEffect, useSignal } from "../lib.js";
import { setParams } from "../router.js";
import { request } from "../act.js";
import { addEngine } from "../actions.js";
import { cluster, engines } from "../store.js";
import { Dialog, CopyAs, note } from "./overlay.js";
import { Button, Copyable, Icon, Segments, Trouble } from "./parts.js";
import { Field, Area } from "./fields.js";

const isLoopback = (endpoint) => /^\w+:\/\/(localhost|127\.|\[::1\])/.test(endpoint);

const ByCommand = () => {
	useEffect(() => cluster.use(), []);
	const known = cluster.data.value?.etcd_endpoints || [];
	const reachable = known.filter((one) => !isLoopback(one));
	const typed = useSignal(null);
	const etcd = typed.value ?? (reachable.join(",") || `http://${location.hostname}:2379`);
	return html`<div class="stack">
		<p class="quiet">On the Docker host, whose dockerd listens on port 2375. It finds out the rest by itself and is here a second later.</p>
		<${Field} name="Address of etcd" value=${etcd} onInput=${(text) => (typed.value = text)} hint=${reachable.length ? "as the pool itself reaches it; TLS needs --etcd-ca besides" : "where the new host reaches the pool's etcd"} />
		${known.length > 0 && !reachable.length && html`<div class="reason reason-warn"><${Icon} name="triangle" size=${18} class="tone-warn" /><p class="break">The pool reaches its etcd at <code>${known.join(" ")}</code>, which is the controller itself: no other host gets there. Let etcd listen on an address of the network, and name that in <code>etcd_endpoints</code>; the one above is a guess.</p></div>`}
		${cluster.loaded.value && !known.length && html`<div class="reason reason-warn"><${Icon} name="triangle" size=${18} class="tone-warn" /><p>This pool has no etcd: set <code>etcd_endpoints</code> in its configuration, or add the engine by hand.</p></div>`}
		<${Copyable} text=${`berth-join --etcd ${etcd}`} label="the command" />
		<h3>For good, as a service</h3>
		<${Copyable} text=${`apt-get install ./berth-join_*.deb\necho BERTH_JOIN_ETCD=${etcd} >/etc/berth/join.conf\nsystemctl enable --now berth-join`} label="the commands of the service" />
		<p class="muted">Hosts outside of the networks that are admitted by themselves wait here for your approval.</p>
	</div>`;
};

const addressFault = (text) => {
	if (!text) return "The address of its Docker, as in https://10.0.0.5:2376";
	try {
		const url = new URL(text);
		return ["https:", "tcp:", "http:", "unix:"].includes(url.protocol) ? "" : "It begins with https:// or tcp://";
	} catch {
		return "A whole address, as in https://10.0.0.5:2376";
	}
};

const bodyOf = (form) => {
	const offer = { addr: form.addr.trim() };
	if (form.cpus) offer.cpus = Number(form.cpus);
	if (form.memory) offer.memory = Number(form.memory);
	const labels = form.labels.split(/[\s,]+/).filter(Boolean);
	if (labels.length) offer.labels = labels;
	const body = { engine: offer };
	if (form.id) body.id = form.id.trim();
	for (const name of ["ca_cert", "ssl_cert", "ssl_key"]) if (form[name].trim()) body[name] = form[name].trim() + "\n";
	return body;
};

const ByHand = ({ onClose }) => {
	const form = useSignal({ id: "", addr: "", cpus: "", memory: "", labels: "", ca_cert: "", ssl_cert: "", ssl_key: "" });
	const tried = useSignal(false);
	const busy = useSignal(false);
	const problem = useSignal(null);
	const put = (name) => (text) => (form.value = { ...form.value, [name]: text });
	const fault = addressFault(form.value.addr);
	const submit = async (event) => {
		event.preventDefault();
		tried.value = true;
		if (fault) return;
		busy.value = true;
		problem.value = null;
		try {
			const engine = await request(addEngine(bodyOf(form.value)));
			note({ tone: "ok", text: `Engine ${engine?.id || ""} is added` });
			engines.touch(0);
			onClose();
		} catch (failed) {
			problem.value = failed;
		}
		busy.value = false;
	};
	const area = (name, label, hint) => html`<${Area} name=${label} value=${form.value[name]} onInput=${put(name)} hint=${hint} rows=${2} fault=${problem.value?.field === name ? problem.value.detail : ""} />`;
	return html`<form class="stack" onSubmit=${submit} novalidate>
		<${Field} name="Address" value=${form.value.addr} onInput=${put("addr")} placeholder="https://10.0.0.5:2376" fault=${(tried.value || form.value.addr) && fault} hint="tcp:// gives root on the host to whoever reaches the port: for private networks only" />
		<div class="fields"><${Field} name="Id" value=${form.value.id} onInput=${put("id")} placeholder="from Docker's identity" /><${Field} name="Labels" value=${form.value.labels} onInput=${put("labels")} placeholder="ssd eu" /></div>
		<div class="fields"><${Field} name="CPUs" type="number" value=${form.value.cpus} onInput=${put("cpus")} placeholder="as detected" /><${Field} name="Memory (MB)" type="number" value=${form.value.memory} onInput=${put("memory")} placeholder="as detected" /></div>
		<details class="details" open=${form.value.addr.startsWith("https:")}><summary>Certificates (PEM)</summary><div class="stack">${area("ca_cert", "Authority", "who vouches for the engine")}${area("ssl_cert", "Client certificate", "")}${area("ssl_key", "Client key", "is sealed, and never shown again")}</div></details>
		<${Trouble} problem=${problem.value} />
		<div class="dialog-foot"><${CopyAs} actions=${() => [addEngine({ ...bodyOf(form.value), ...(form.value.ssl_key ? { ssl_key: "…" } : {}) })]} /><span class="push"></span><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${busy.value}>Add</${Button}></div>
	</form>`;
};

/** @param {{way: "host"|"hand", onClose: () => void}} props */
export const AddEngine = ({ way, onClose }) => html`
	<${Dialog} title="Add an engine" wide onClose=${onClose}>
		<div class="dialog-body stack">
			<${Segments} label="How" value=${way === "hand" ? "hand" : "host"} onChange=${(next) => setParams({ add: next })} of=${[["host", "One command on the host"], ["hand", "By hand"]]} />
			${way === "hand" ? html`<${ByHand} onClose=${onClose} />` : html`<${ByCommand} />`}
		</div>
	</${Dialog}>`;
