/* act: do what an action describes, show how it goes, and what came of it. */
import { api, adviceFor } from "./api.js";
import { note, confirm } from "./ui/overlay.js";
import { to } from "./router.js";
import { cluster, operations, engines } from "./store.js";

const AT_ONCE = 6;

const operationOf = (answer) => (answer && typeof answer === "object" && !Array.isArray(answer) && answer.total !== undefined ? answer : null);

/* A key for each doing: what is sent again after a lost answer is not done twice. */
const once = () => ({ "Idempotency-Key": crypto.randomUUID() });

/** One request. @param {import("./ui/overlay.js").Action} action @returns {Promise<any>} the answer @throws {import("./api.js").Problem} */
export const request = (action, headers = {}) =>
	api(action.path, { method: action.method, body: action.body, headers: action.method === "GET" ? headers : { ...once(), ...headers } });

/**
 * Do actions, at most a few at once, with a note of how far it is.
 * @param {import("./ui/overlay.js").Action[]} actions
 * @param {{title?: string, headers?: object}} [how]
 * @returns {Promise<{done: number, failed: {action: object, problem: object}[], answers: any[]}>}
 */
export const perform = async (actions, how = {}) => {
	const title = how.title || (actions.length === 1 ? actions[0].title : `${actions.length} actions`);
	const shown = note({ busy: true, text: `${title} …` });
	const failed = [];
	const answers = [];
	let next = 0;
	let done = 0;
	const work = async () => {
		while (next < actions.length) {
			const action = actions[next++];
			try {
				answers.push(await request(action, how.headers));
				done++;
			} catch (problem) {
				failed.push({ action, problem });
			}
			if (actions.length > 1) shown.change({ busy: true, text: `${title} …`, detail: `${done + failed.length} of ${actions.length}` });
		}
	};
	await Promise.all(Array.from({ length: Math.min(AT_ONCE, actions.length) }, work));
	[cluster, operations, engines].forEach((one) => one.touch(0));
	const operation = actions.length === 1 && operationOf(answers[0]);
	if (failed.length) {
		const { problem } = failed[0];
		shown.change({
			tone: "bad",
			text: actions.length === 1 ? `${title}: ${problem.title}` : `${title}: ${failed.length} of ${actions.length} failed`,
			detail: [problem.detail, adviceFor(problem), problem.request_id && `Request ${problem.request_id}`].filter(Boolean).join(" "),
		});
	} else if (operation && (operation.status || operation.state) === "running")
		shown.change({ tone: "busy", text: `${title}: goes on`, href: to("operations", operation.id), link: "Look at the operation" });
	else shown.change({ tone: "ok", text: `${title}: done` });
	return { done, failed, answers };
};

/**
 * Ask, then do.
 * @param {import("./ui/overlay.js").Action[]} actions
 * @param {{title: string, text: any, button: string, danger?: boolean, headers?: object}} what the question
 */
export const ask = async (actions, what) => {
	if (!(await confirm({ ...what, actions }))) return null;
	return perform(actions, { title: what.title.replace(/\?$/, ""), headers: what.headers });
};
