// What the REST API itself says, to compare pages with.

/** All servers that an address's query finds, in its order. */
export async function servers(request, query = {}) {
  const found = [];
  let url = `/api/servers/?${new URLSearchParams({ limit: '1000', ...query })}`;
  while (url) {
    const response = await request.get(url);
    if (!response.ok()) {
      throw new Error(`${url}: ${response.status()} ${await response.text()}`);
    }
    const page = await response.json();
    found.push(...page.results);
    url = page.next;
  }
  return found;
}

/** What a grid shows of a server, cell by cell. */
export function cells(server) {
  const tags = server.tags.map((tag) => tag.name).join(', ');
  return [server.name, server.ip, server.dc.name, server.state, tags];
}
