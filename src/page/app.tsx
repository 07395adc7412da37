/** The frame around every page, and which page is shown. */
import { useEffect } from 'preact/hooks';
import { AuditPage } from './audit/audit-page.tsx';
import { ChannelPage } from './channel/channel-page.tsx';
import { ChannelsPage } from './channels/channels-page.tsx';
import { ClosePage } from './closed/close-page.tsx';
import { ClosedPage } from './closed/closed-page.tsx';
import { EventPage } from './event/event-page.tsx';
import { OriginPage } from './event/origin-page.tsx';
import { FeesPage } from './fees/fees-page.tsx';
import { ForwardsPage } from './forwards/forwards-page.tsx';
import { Header } from './frame/header.tsx';
import { Help } from './frame/help.tsx';
import { Notices } from './frame/notices.tsx';
import { SignIn } from './frame/sign-in.tsx';
import { Message } from './parts/message.tsx';
import { PeersPage } from './peers/peers-page.tsx';
import { route } from './route.ts';
import { needsToken } from './sign-in-state.ts';

export function App() {
  const { parts } = route.value;
  const place = parts.slice(0, 3).join('/');
  useEffect(() => scrollTo(0, 0), [place]);
  return (
    <>
      <button type="button" class="skip" onClick={focusContent}>
        Skip to the content
      </button>
      <Header />
      <Notices />
      <main id="content" tabIndex={-1}>
        {needsToken.value ? <SignIn /> : <Page parts={parts} />}
      </main>
      <Help />
    </>
  );
}

/** A link would change the address, which says what page this is. */
function focusContent(): void {
  document.getElementById('content')?.focus();
}

function Page({ parts }: { readonly parts: readonly string[] }) {
  const [page = 'channels', first, second, third] = parts;
  switch (page) {
    case 'channels':
      return <ChannelsPage />;
    case 'channel':
      if (first === undefined || second === undefined) break;
      return third === undefined ? (
        <ChannelPage key={`${first}/${second}`} node={first} name={second} />
      ) : (
        <OriginPage key={`${first}/${second}/${third}`} node={first} name={second} field={third} />
      );
    case 'closed':
      if (first === undefined) return <ClosedPage />;
      if (second !== undefined)
        return <ClosePage key={`${first}/${second}`} node={first} name={second} />;
      break;
    case 'peers':
      return <PeersPage />;
    case 'forwards':
      return <ForwardsPage />;
    case 'fees':
      return <FeesPage />;
    case 'audit':
      return <AuditPage />;
    case 'event':
      if (first !== undefined) return <EventPage key={first} eventId={first} />;
  }
  return (
    <Message title="There is no such page">
      <a href="#/channels">The open channels</a> are a good place to go on from.
    </Message>
  );
}
