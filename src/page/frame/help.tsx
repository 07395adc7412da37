/** The keys. */
import { useEffect, useRef } from 'preact/hooks';
import { isHelpShown, keys } from '../keyboard.ts';

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isShown = isHelpShown.value;
  useEffect(() => {
    if (isShown) dialog.current?.showModal();
  }, [isShown]);
  if (!isShown) return null;
  return (
    <dialog
      ref={dialog}
      aria-labelledby="keys"
      onClose={() => {
        isHelpShown.value = false;
      }}
    >
      <h2 id="keys">Keys</h2>
      <dl class="pairs">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
