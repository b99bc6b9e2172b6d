/** The sign and the name. */
export function Brand() {
  return (
    <>
      <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#1f5a9e" />
        <path d="M8 24V14a8 8 0 0 1 16 0v10M13.3 24V13.500M18.700 24V13.500M8 18h16" fill="none" stroke="#fff" strokeWidth="2.400" strokeLinecap="round" />
      </svg>
      steelgate
    </>
  );
}
