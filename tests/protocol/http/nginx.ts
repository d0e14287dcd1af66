/** nginx, which answers every request that it understands. */

import { run } from "../../clients/serving.ts";
import { until } from "../../temporary.ts";

/** An nginx on a port of this machine, in a directory of its own. */
export class Nginx {
  readonly #process: Deno.ChildProcess;

  private constructor(readonly port: number, process: Deno.ChildProcess) {
    this.#process = process;
  }

  /**
   * Starts it; `undefined` if it is not installed.
   *
   * @param upstreams what stands beside its server, and `locations` what in it.
   */
  static async start(
    directory: string,
    upstreams = "",
    locations = 'location / { return 200 "understood"; }',
  ): Promise<Nginx | undefined> {
    if (await run("nginx", ["-v"]) === undefined) return undefined;
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    const path = `${directory}/nginx.conf`;
    await Deno.writeTextFile(
      path,
      configuration(port, directory, upstreams, locations),
    );
    const process = new Deno.Command("nginx", {
      args: ["-p", directory, "-c", path, "-e", `${directory}/error.log`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const nginx = new Nginx(port, process);
    await until("nginx listens", async () => {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return true;
      } catch {
        return false;
      }
    });
    return nginx;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
  }
}

/** Its limits are those of this server, as far as it has them. */
function configuration(
  port: number,
  directory: string,
  upstreams: string,
  locations: string,
): string {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  ).join("\n  ");
  return `daemon off;
master_process off;
pid ${directory}/nginx.pid;
events {}
http {
  access_log off;
  ${paths}
  client_max_body_size 4m;
  large_client_header_buffers 4 16k;
  ${upstreams}
  server {
    listen 127.0.0.1:${port};
    ${locations}
  }
}
`;
}
