import { readBytes, readText, reasonOf } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { CHUNK, Input } from '../../guard/check/input.ts';
import { momentOf } from '../../guard/check/moment.ts';
import { envelopeOf, MOST_ENVELOPE_BYTES } from '../../guard/check/signature.ts';
import { NAME } from '../../guard/contract-shape.ts';
import { MOST_KEY_BYTES } from '../../guard/load.ts';
import { signStatement } from '../../guard/sign.ts';
import { printable, show } from '../../problems.ts';
import type { Arguments, Command } from '../command.ts';
import { refuseOverwrite, wholeNumber } from '../input.ts';

export const guardSign: Command = {
  name: 'guard sign',
  summary: 'Signs that a file is a version of what a contract names.',
  operands: 'FILE',
  options: {
    key: { type: 'string', value: 'FILE', help: 'The private key: ed25519, PEM.' },
    name: { type: 'string', value: 'NAME', help: 'The name in the contract.' },
    version: { type: 'string', value: 'N', help: 'The version, a whole number above those before.' },
    expires: {
      type: 'string',
      value: 'MOMENT',
      help: 'From when on it is too old, such as 2026-12-01T00:00:00Z. Default never.',
    },
    out: { type: 'string', value: 'FILE', help: 'Where the signature goes. Default FILE.dsse.json.' },
  },
  example: 'keelson guard sign features.json --key release.pem --name bot-features --version 7',
  notes: [
    'An envelope that is there for the same statement keeps its signatures: several sign one after the other.',
    'Exit 0 when it is signed, 2 when it cannot be.',
  ],
  run(args, environment) {
    const [file, ...more] = args.operands;
    if (file === undefined || file === '-' || more.length > 0)
      throw new KeelsonError(
        'bad-argument',
        `Expected one file to sign, found ${file === '-' ? 'standard input' : args.operands.length}.`,
        {
          hint: 'keelson guard sign --help',
        },
      );
    const out = args.text('out') ?? `${file}.dsse.json`;
    const keyFile = needed(args, 'key');
    refuseOverwrite(out, [file, keyFile]);
    const name = needed(args, 'name');
    if (!NAME.test(name))
      throw new KeelsonError(
        'bad-argument',
        `Expected --name to be small letters, digits and dashes, found ${show(name)}.`,
      );
    needed(args, 'version');
    const version = wholeNumber(args, 'version', 0, 999_999_999_999_999) ?? 0;
    const expires = args.text('expires');
    if (expires !== undefined && momentOf(expires) === undefined)
      throw new KeelsonError(
        'bad-argument',
        `Expected --expires to be a moment such as 2026-12-01T00:00:00Z, found ${show(expires)}.`,
      );
    const key = readText(keyFile, { maxBytes: MOST_KEY_BYTES });
    if (key.text === undefined)
      throw new KeelsonError('key-unusable', `${show(keyFile)}: ${key.problem.message}`);
    const { digest, bytes } = measure(file);
    const statement = { name, version, digest, bytes, ...(expires === undefined ? {} : { expires }) };
    const envelope = signStatement(statement, key.text, envelopeIn(out));
    environment.write(out, `${JSON.stringify(envelope, undefined, 2)}\n`);
    const { length } = envelope.signatures;
    environment.out(
      printable(
        `${file} is signed as version ${version} of ${name}, in ${out} (${length} ${length === 1 ? 'signature' : 'signatures'}).`,
      ),
    );
    environment.out(`  ${digest}`);
    return 0;
  },
};

function needed(args: Arguments, option: string): string {
  const value = args.text(option);
  if (value !== undefined && value !== '') return value;
  throw new KeelsonError('bad-argument', `Expected --${option}, found none.`, {
    hint: 'keelson guard sign --help',
  });
}

/** The file is read as a check reads it. */
function measure(file: string): { readonly digest: string; readonly bytes: number } {
  let input: Input | undefined;
  try {
    input = new Input(file, Number.MAX_SAFE_INTEGER - 1);
    input.drain(Buffer.alloc(CHUNK));
    return { digest: input.digest(), bytes: input.bytes };
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw new KeelsonError('guarded-file-unreadable', `${show(file)} cannot be read: ${reasonOf(cause)}.`, {
      cause,
    });
  } finally {
    input?.close();
  }
}

/** An envelope that is there already; what is none is written over. */
function envelopeIn(file: string): ReturnType<typeof signStatement> | undefined {
  const { bytes } = readBytes(file, { maxBytes: MOST_ENVELOPE_BYTES });
  const envelope = bytes === undefined ? 'none' : envelopeOf(bytes);
  return typeof envelope === 'string' ? undefined : envelope;
}
