// The simulator as a child process: starts it, reads its ready line, ends it with its standard input.
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');

const ROOT = path.resolve(__dirname, '..', '..');

async function startSimulator(...settings) {
	const options = ['-m', 'gcanalytics.simulator', '--days=1', '--speed=2', ...settings.map((pair) => `--set=${pair}`)];
	const child = spawn(process.env.PYTHON || 'python3', options, {
		cwd: ROOT,
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const ended = once(child, 'exit');
	const ready = once(readline.createInterface({ input: child.stdout }), 'line');
	const first = await Promise.race([ready, ended]);
	if (typeof first[0] !== 'string') throw new Error(`the simulator ended at its start with ${first[0]}`);
	return {
		...JSON.parse(first[0]),
		async stop() {
			child.stdin.end();
			await ended;
		},
	};
}

module.exports = { startSimulator };
