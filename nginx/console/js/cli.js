/* cli: one description of an action gives the request, the command line and the line for curl. */

/**
 * @typedef {object} Action
 * @property {string} title what it does, for buttons and questions
 * @property {string} method
 * @property {string} path with its query
 * @property {object} [body]
 * @property {string[]} cli words after `berth`
 * @property {string} [stdin] what the command reads
 */

/** A word as a shell takes it. @param {string} word */
export const quote = (word) => (/^[A-Za-z0-9_@%+=:,./~-]+$/.test(word) ? word : `'${String(word).replaceAll("'", `'\\''`)}'`);

/** Actions as command lines. @param {Action[]} actions */
export const asCli = (actions) => {
	const lines = [];
	const many = /^(start|stop|restart|destroy)$/;
	for (const action of actions) {
		const last = lines.at(-1);
		/* Those that take many ids are one line. */
		if (last && many.test(action.cli[0]) && last[0] === action.cli[0]) last.push(...action.cli.slice(1));
		else lines.push([...action.cli]);
	}
	return lines.map((words) => ["berth", ...words.map(quote)].join(" ")).join("\n");
};

/** Actions as lines for curl; the token and the authority stand in the variables that the CLI knows too. @param {Action[]} actions */
export const asCurl = (actions) =>
	actions
		.map((action) => {
			const words = ["curl", "--cacert", '"$BERTH_CACERT"', "-H", '"Authorization: Bearer $BERTH_TOKEN"'];
			if (action.method !== "GET") words.push("-X", action.method);
			if (action.body !== undefined) words.push("-H", "'Content-Type: application/json'", "-d", quote(JSON.stringify(action.body)));
			return [...words, quote(location.origin + action.path)].join(" ");
		})
		.join("\n");
