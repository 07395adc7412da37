/** What `step` shows and how each key changes it. Pure: a view and a key in, a view out. */
import { parseMoment } from '../ledger/answers/moments.ts';
import { isChannelField } from '../ledger/answers/row-changes.ts';
import {
  back,
  forward,
  isBeginningOf,
  jumpTo,
  nextChange,
  type Walk,
} from '../ledger/forensics/stepper.ts';
import { type Moment, QuestionError } from '../ledger/query.ts';
import type { Key } from './step-keys.ts';

export interface StepView {
  readonly walk: Walk;
  /** The walk begun with, which moments are looked for in. */
  readonly whole: Walk;
  /** Through what the ledger answers a moment with. Throws a QuestionError for one that there is not. */
  readonly walkAt: (moment: Moment) => Walk;
  /** The moment of a walk that is no beginning of the whole: of what was recorded by then. */
  readonly asOf?: string;
  /** Lines of the state that are scrolled away. */
  readonly top?: number;
  /** What is being typed, and what for. */
  readonly prompt?: { readonly kind: 'moment' | 'field'; readonly typed: string };
  /** What the last key came to, where that needs words. */
  readonly notice?: string;
  /** The field last looked for. */
  readonly field?: string;
}

const PAGE = 10;

/** Who asks how it came to this begins where it ended, and goes back. */
export function beginning(walk: Walk, walkAt: StepView['walkAt']): StepView {
  return atEnd({ walk, whole: walk, walkAt });
}

function atEnd(view: StepView): StepView {
  return { ...view, walk: jumpTo(view.walk, view.walk.steps.length - 1) };
}

/** The view after a key; undefined: the reader has had enough. */
export function pressed(view: StepView, key: Key): StepView | undefined {
  if (key === 'interrupt') return undefined;
  const { notice: _said, ...quiet } = view;
  return quiet.prompt === undefined ? moved(quiet, key) : typed(quiet, quiet.prompt, key);
}

function moved(view: StepView, key: Key): StepView | undefined {
  const { walk, top = 0 } = view;
  switch (typeof key === 'string' ? key : LETTERS[key.text]) {
    case 'quit':
      return undefined;
    case 'right':
      return at(view, forward(walk), 'this is the last event');
    case 'left':
      return at(view, back(walk), 'this is before the first event');
    case 'page-down':
      return at(view, jumpTo(walk, walk.index + PAGE), 'this is the last event');
    case 'page-up':
      return at(view, jumpTo(walk, walk.index - PAGE), 'this is before the first event');
    case 'home':
      return at(view, jumpTo(walk, -1), undefined);
    case 'end':
      return at(view, atEnd(view).walk, undefined);
    case 'down':
      return { ...view, top: top + 1 };
    case 'up':
      return { ...view, top: Math.max(0, top - 1) };
    case 'moment':
      return { ...view, prompt: { kind: 'moment', typed: '' } };
    case 'commitment':
      return { ...view, prompt: { kind: 'moment', typed: 'commitment:local:' } };
    case 'field':
      return { ...view, prompt: { kind: 'field', typed: '' } };
    case 'next':
      return changed(view, view.field, 'forward');
    case 'previous':
      return changed(view, view.field, 'back');
    default:
      return view;
  }
}

type Letter = 'quit' | 'right' | 'left' | 'moment' | 'commitment' | 'field' | 'next' | 'previous';

const LETTERS: Readonly<Record<string, Letter | undefined>> = {
  q: 'quit',
  ' ': 'right',
  t: 'moment',
  c: 'commitment',
  f: 'field',
  n: 'next',
  N: 'previous',
};

/** Somewhere else, with what changed in sight. */
function at(view: StepView, walk: Walk, ifSame: string | undefined): StepView {
  const { top: _top, ...rest } = view;
  const isSame = walk.index === view.walk.index && ifSame !== undefined;
  return { ...rest, walk, ...(isSame && { notice: ifSame }) };
}

function typed(view: StepView, prompt: NonNullable<StepView['prompt']>, key: Key) {
  const { prompt: _prompt, ...rest } = view;
  if (typeof key !== 'string') {
    return { ...rest, prompt: { ...prompt, typed: prompt.typed + key.text } };
  }
  switch (key) {
    case 'backspace':
      return { ...rest, prompt: { ...prompt, typed: prompt.typed.slice(0, -1) } };
    case 'escape':
      return rest;
    case 'enter': {
      const text = prompt.typed.trim();
      if (text === '') return rest;
      return prompt.kind === 'field' ? changed(rest, text, 'forward') : goTo(rest, text);
    }
    default:
      return view;
  }
}

function changed(
  view: StepView,
  field: string | undefined,
  direction: 'forward' | 'back',
): StepView {
  if (field === undefined) return { ...view, notice: 'no field was looked for yet: press f' };
  const found = nextChange(view.walk, field, direction);
  const known = { ...view, field };
  if (found !== undefined) return at(known, found, undefined);
  if (!isChannelField(field)) {
    return { ...view, notice: `a channel has no field "${field}": the names are those below` };
  }
  const where = direction === 'forward' ? 'after' : 'before';
  return { ...known, notice: `no event ${where} this one changes "${field}"` };
}

/** To the state that `show --at` prints for the moment. */
function goTo(view: StepView, text: string): StepView {
  const { asOf: _before, ...rest } = view;
  try {
    const there = view.walkAt(parseMoment(text, { isOneChannel: true }));
    const last = there.steps.length - 1;
    if (isBeginningOf(there, view.whole)) return at(rest, jumpTo(view.whole, last), undefined);
    // Told later, and happened before: no state of the whole walk is without it.
    const notice = `as of ${text}, with what was recorded by then alone: t goes elsewhere`;
    return { ...at(rest, jumpTo(there, last), undefined), asOf: text, notice };
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    return { ...view, notice: error.message };
  }
}
