/** The web page: where it begins. */
import { render } from 'preact';
import './styles/base.css';
import './styles/frame.css';
import './styles/moment.css';
import './styles/parts.css';
import './styles/channels.css';
import './styles/channels-narrow.css';
import './styles/channel.css';
import './styles/life.css';
import './styles/closed.css';
import './styles/close.css';
import './styles/tables.css';
import './styles/audit.css';
import { App } from './app.tsx';
import { startKeyboard } from './keyboard.ts';
import { startListening } from './live/live.ts';
import { startTheme } from './theme.ts';

startTheme();
startListening();
startKeyboard();
const place = document.getElementById('page');
if (place !== null) render(<App />, place);
