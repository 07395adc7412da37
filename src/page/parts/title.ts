/** What the browser's tab and its history call the page. */
import { useEffect } from 'preact/hooks';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · channel-ledger`;
  }, [title]);
}
