using System.Text.Json.Nodes;
using ControlChat.Core.Mcp.Servers;
using ControlChat.Core.Processes;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Mcp.Servers;

/// <summary>A server that is a program: it runs in a namespace that holds nothing of the hub, and ends with it.</summary>
public sealed class ToolServerProgramTests
{
    // Answers what it can see and reach, and how it was told to misbehave.
    private const string Program = """
        import fs from 'node:fs'; import net from 'node:net'; import readline from 'node:readline';
        const say = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\n');
        const text = t => ({ content: [{ type: 'text', text: t }] });
        const look = path => { try { return fs.readdirSync(path).join(' '); } catch (e) { return e.code; } };
        const reach = port => new Promise(done => net.connect(port, '127.0.0.1').on('connect', () => done('reached')).on('error', e => done(e.code)));
        for await (const line of readline.createInterface({ input: process.stdin })) {
          const { id, method, params } = JSON.parse(line);
          if (id === undefined) continue;
          if (method === 'initialize') say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } });
          else if (method === 'tools/list') say(id, { tools: [{ name: 'look', description: 'Looks.', inputSchema: { type: 'object', properties: { path: { type: 'string' }, port: { type: 'integer' } } } }] });
          else if (method !== 'tools/call') process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }) + '\n');
          else if (params.arguments.path === 'die') process.exit(3);
          else if (params.arguments.path === 'pings') { for (let n = 0; n < 20000; n++) process.stdout.write('{"jsonrpc":"2.0","id":"p' + n + '","method":"ping"}\n'); }
          else if (params.arguments.path === 'flood') process.stdout.write('x'.repeat(6 * 1024 * 1024));
          else if (params.arguments.path === 'env') say(id, text(JSON.stringify(process.env)));
          else if (params.arguments.port) say(id, text(await reach(params.arguments.port)));
          else say(id, text(look(params.arguments.path)));
        }
        """;

    [Fact]
    public async Task It_sees_its_own_program_and_nothing_of_the_hub_and_has_no_network()
    {
        await using var bench = await ProgramBench.StartAsync(Program);
        Assert.Contains("server.mjs", await bench.LookAsync(bench.Folder), StringComparison.Ordinal);
        // The way to its own home, and nothing else.
        Assert.Equal("agents", await bench.LookAsync(bench.Hub.DataDirectory));
        Assert.StartsWith("cmd_", await bench.LookAsync(Path.Combine(bench.Hub.DataDirectory, "agents")), StringComparison.Ordinal);
        Assert.DoesNotContain(' ', await bench.LookAsync(Path.Combine(bench.Hub.DataDirectory, "agents")));
        Assert.Equal("ENOENT", await bench.LookAsync("/root"));
        Assert.Equal("ENOENT", await bench.LookAsync("/home"));
        Assert.NotEqual("reached", await bench.CallAsync(new { port = new Uri(bench.Hub.Url).Port }));
        var environment = JsonNode.Parse(await bench.LookAsync("env"))!.AsObject();
        Assert.Empty(environment.Select(v => v.Key).Except(["PATH", "HOME", "LANG", "TMPDIR", "PWD"]));
    }

    [Fact]
    public async Task It_may_be_given_the_network()
    {
        await using var bench = await ProgramBench.StartAsync(Program, "--Mcp:Servers:0:Network=true");
        Assert.Equal("reached", await bench.CallAsync(new { port = new Uri(bench.Hub.Url).Port }));
    }

    [Theory]
    [InlineData("die")]
    [InlineData("flood")]
    [InlineData("pings")]
    public async Task One_that_dies_or_floods_is_started_anew(string how)
    {
        await using var bench = await ProgramBench.StartAsync(Program);
        Assert.Equal("server_unavailable", await bench.LookAsync(how));
        await Waiting.UntilAsync(async () => (await bench.LookAsync(bench.Folder)).Contains("server.mjs", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_leaves_nothing_when_the_hub_ends()
    {
        await using var bench = await ProgramBench.StartAsync(Program);
        Assert.NotEmpty(bench.Running());
        await bench.Hub.StopAsync();
        await Waiting.UntilAsync(() => bench.Running().Length == 0);
        Assert.DoesNotContain(Directory.EnumerateDirectories(Path.Combine(bench.Hub.DataDirectory, "agents")), d => Path.GetFileName(d).StartsWith("cmd_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Mcp:Servers:0:Name=local", "--Mcp:Servers:0:Command=/opt/not-here/tool"]);
        var servers = hub.Services.GetRequiredService<ToolServers>();
        await servers.LookAsync(default);
        Assert.False(servers.Servers[0].IsThere);
        Assert.Contains("'local' cannot be reached", servers.Servers[0].Fault, StringComparison.Ordinal);
    }

    private sealed class ProgramBench : IAsyncDisposable
    {
        private readonly TempFolder _folder = new();
        private int _requests;

        private ProgramBench(TestHub hub, TempFolder folder) => (Hub, _folder) = (hub, folder);

        public TestHub Hub { get; }

        public string Folder => _folder["program"];

        public static async Task<ProgramBench> StartAsync(string program, params string[] more)
        {
            var folder = new TempFolder();
            Directory.CreateDirectory(folder["program"]);
            await File.WriteAllTextAsync(folder["program/server.mjs"], program);
            var node = Programs.Find("node") ?? throw new InvalidOperationException("node is not on this machine.");
            var hub = await TestHub.StartAsync(args:
            [
                "--Mcp:Servers:0:Name=local", $"--Mcp:Servers:0:Command={node}", $"--Mcp:Servers:0:Arguments:0={folder["program/server.mjs"]}",
                $"--Mcp:Servers:0:Programs:0={folder["program"]}", "--Mcp:Servers:0:ReadTools:0=look", .. more,
            ]);
            var bench = new ProgramBench(hub, folder);
            await hub.Services.GetRequiredService<ToolServers>().LookAsync(default);
            Assert.Null(hub.Services.GetRequiredService<ToolServers>().Servers[0].Fault);
            return bench;
        }

        public Task<string> LookAsync(string path) => CallAsync(new { path });

        public async Task<string> CallAsync(object arguments)
        {
            var (_, body) = await TestHub.PostAsync(Hub.Browser, "/api/v1/tools/mcp.local.look", new { request_id = $"request-{_requests++:0000}", arguments });
            return body["result"]?["text"]?.GetValue<string>() ?? body["code"]!.GetValue<string>();
        }

        /// <summary>Every process that has the program on its command line.</summary>
        public string[] Running() => [.. Directory.EnumerateDirectories("/proc").Select(d => Path.Combine(d, "cmdline")).Where(Mentions)];

        public async ValueTask DisposeAsync()
        {
            await Hub.DisposeAsync();
            _folder.Dispose();
        }

        private bool Mentions(string file)
        {
            try
            {
                return File.Exists(file) && File.ReadAllText(file).Contains(_folder["program/server.mjs"], StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
