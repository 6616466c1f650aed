/* actions: what can be done, each described once; see ui/overlay.js for what an Action is. */

const container = (verb, method, suffix, title) => (c) => ({
	title: `${title} ${c.name || c.id.slice(0, 12)}`,
	method,
	path: `/api/containers/${encodeURIComponent(c.id)}${suffix}`,
	cli: [verb, c.id.slice(0, 12)],
});

export const startContainer = container("start", "POST", "/start", "Start");
export const stopContainer = container("stop", "POST", "/stop", "Stop");
export const restartContainer = container("restart", "POST", "/restart", "Restart");
export const destroyContainer = container("destroy", "DELETE", "", "Destroy");

/** @param {object} c any member of the group @param {number} n how many there are to be */
export const scaleContainer = (c, n) => ({
	title: `Scale ${c.image.name} to ${n}`,
	method: "POST",
	path: `/api/containers/${encodeURIComponent(c.id)}/scale?count=${n}`,
	cli: ["scale", c.id.slice(0, 12), String(n)],
});

export const adoptContainer = (c) => ({
	title: `Adopt ${c.name || c.id}`,
	method: "POST",
	path: `/api/containers/${encodeURIComponent(c.id)}/adopt`,
	cli: ["adopt", c.id.slice(0, 12)],
});

const engine = (verb, method, suffix, title, words = []) => (e) => ({
	title: `${title} ${e.id}`,
	method,
	path: `/api/engines/${encodeURIComponent(e.id)}${suffix}`,
	cli: [verb, e.id, ...words],
});

export const approveEngine = engine("approve", "POST", "/approve", "Approve");
export const drainEngine = engine("drain", "POST", "/drain", "Drain");
export const uncordonEngine = engine("uncordon", "POST", "/uncordon", "Stop draining");
export const removeEngine = engine("edelete", "DELETE", "", "Remove");
export const forgetEngine = engine("edelete", "DELETE", "?force=true", "Remove", ["--force"]);

/** @param {object} body of POST /api/engines */
export const addEngine = (body) => {
	const cli = ["eadd", ...(body.id ? ["--id", body.id] : []), "--addr", body.engine.addr];
	if (body.engine.cpus) cli.push("--cpus", String(body.engine.cpus));
	if (body.engine.memory) cli.push("--memory", String(body.engine.memory));
	for (const label of body.engine.labels || []) cli.push("--label", label);
	if (body.ca_cert) cli.push("--ca-cert", "ca.pem");
	if (body.ssl_cert) cli.push("--ssl-cert", "cert.pem");
	if (body.ssl_key) cli.push("--ssl-key", "key.pem");
	return { title: `Add ${body.id || body.engine.addr}`, method: "POST", path: "/api/engines", body, cli };
};

export const thaw = () => ({ title: "Go on moving containers", method: "POST", path: "/api/cluster/thaw", cli: ["thaw"] });
export const cancelOperation = (o) => ({
	title: "Cancel what has not begun",
	method: "POST",
	path: `/api/operations/${encodeURIComponent(o.id)}/cancel`,
	cli: ["cancel", o.id],
});

export const retryOperation = (o) => ({
	title: "Try again what has failed",
	method: "POST",
	path: `/api/operations/${encodeURIComponent(o.id)}/retry`,
	cli: ["retry", o.id],
});

const portWord = (port) =>
	`${port.proto || "tcp"}/${port.host_ip || ""}:${port.port || ""}:${port.container_port}`;

/** @param {object} spec image specification @param {number} n how many @param {string} pull "", "true" or "false" */
export const runContainers = (spec, n, pull) => {
	const cli = ["run", "--name", spec.name];
	const put = (option, value) => value !== undefined && value !== "" && cli.push("--" + option, String(value));
	const each = (option, values) => (values || []).forEach((value) => put(option, value));
	if (n !== 1) put("count", n);
	put("cpus", spec.cpus);
	put("memory", spec.memory);
	each("port", (spec.bind_ports || []).map(portWord));
	if (spec.publish) cli.push("--publish");
	each("env", Object.entries(spec.environment || {}).map(([name, value]) => `${name}=${value}`));
	each("entrypoint", spec.entrypoint);
	each("arg", spec.args);
	each("label", spec.labels);
	if (spec.type && spec.type !== "service") put("type", spec.type);
	each("vol", spec.volumes);
	if (spec.restart_policy && spec.restart_policy.name !== "no")
		put("restart", spec.restart_policy.name + (spec.restart_policy.maximum_retry ? ":" + spec.restart_policy.maximum_retry : ""));
	put("reschedule", spec.reschedule);
	put("hostname", spec.hostname);
	put("network", spec.network_mode);
	put("container-name", spec.container_name);
	put("pull", pull);
	const query = new URLSearchParams({ count: String(n) });
	if (pull) query.set("pull", pull);
	return { title: `Run ${n} × ${spec.name}`, method: "POST", path: "/api/containers?" + query, body: spec, cli };
};

/** @param {{username: string, password: string, role: string}} body of POST /api/account */
export const addAccount = (body) => ({ title: `Add ${body.username}`, method: "POST", path: "/api/account", body, cli: ["aadd", "--name", body.username, "--role", body.role] });
const account = (verb, suffix, title) => (a) => ({ title: `${title} ${a.username}`, method: "POST", path: `/api/account/${encodeURIComponent(a.username)}${suffix}`, cli: [verb, a.username] });
export const disableAccount = account("adisable", "/disable", "Disable");
export const enableAccount = account("aenable", "/enable", "Enable");
export const deleteAccount = (a) => ({ title: `Delete ${a.username}`, method: "DELETE", path: "/api/account", body: { username: a.username }, cli: ["adelete", a.username] });
export const changeRole = (a, role) => ({ title: `Give ${a.username} the role ${role}`, method: "POST", path: `/api/account/${encodeURIComponent(a.username)}/role`, body: { role }, cli: ["arole", a.username, role] });
/** @param {{username?: string, password: string, old_password?: string}} body of POST /account/passwdchange */
export const changePassword = (body) => ({ title: "Change the password", method: "POST", path: "/account/passwdchange", body, cli: ["passwd", ...(body.username ? [body.username] : [])] });
export const addToken = (name, days) => ({ title: `Make the token ${name}`, method: "POST", path: "/api/tokens", body: { name, days }, cli: ["token", "add", name, "--days", String(days)] });
export const endToken = (t) => ({ title: `End ${t.name || "the session"}`, method: "DELETE", path: `/api/tokens/${encodeURIComponent(t.id)}`, cli: ["token", "revoke", t.name || t.id] });
const roleWords = (role) => [...role.grants.flatMap((grant) => ["--grant", `${grant.access}:${grant.path}`]), ...(role.options || []).flatMap((option) => ["--option", option])];
export const addRole = (role) => ({ title: `Add the role ${role.name}`, method: "POST", path: "/api/roles", body: role, cli: ["role", "add", role.name, ...roleWords(role)] });
export const setRole = (role) => ({ title: `Change the role ${role.name}`, method: "POST", path: `/api/roles/${encodeURIComponent(role.name)}`, body: { grants: role.grants, options: role.options }, cli: ["role", "set", role.name, ...roleWords(role)] });
export const deleteRole = (role) => ({ title: `Delete the role ${role.name}`, method: "DELETE", path: `/api/roles/${encodeURIComponent(role.name)}`, cli: ["role", "delete", role.name] });
