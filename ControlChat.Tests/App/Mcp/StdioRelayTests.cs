using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.App;
using ControlChat.App.Mcp;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using Xunit;

namespace ControlChat.Tests.App.Mcp;

/// <summary>The tools over standard streams (R154-R156): the framings, and what is wrong with a message.</summary>
public sealed class StdioRelayTests
{
    [Fact]
    public async Task Lines_are_answered_with_lines_until_the_input_ends()
    {
        await using var bench = await McpBench.StartAsync();
        bench.Put("a.txt", "text");
        await using var relay = await Relay.StartAsync(bench);
        await relay.LineAsync(McpBench.Initialize().ToJsonString());
        Assert.Equal("controlchat-workspace", (await relay.ReadLineAsync())["result"]!["serverInfo"]!["name"]!.GetValue<string>());
        await relay.LineAsync(McpBench.Message(null, "notifications/initialized").ToJsonString());
        for (var id = 2; id < 30; id++) await relay.LineAsync(McpBench.Call(id, "read_workspace_file", new JsonObject { ["path"] = "a.txt" }).ToJsonString());
        var answers = new List<int>();
        while (answers.Count < 28)
        {
            var answer = await relay.ReadLineAsync();
            Assert.Equal("text", answer["result"]!["structuredContent"]!["content"]!.GetValue<string>());
            answers.Add(answer["id"]!.GetValue<int>());
        }
        Assert.Equal(Enumerable.Range(2, 28), answers.Order());
        await relay.EndAsync();
        Assert.Equal(0, bench.Bench.Hub.Services.GetRequiredService<McpConnections>().Count);
    }

    [Fact]
    public async Task Frames_with_a_length_are_answered_with_such_frames()
    {
        await using var bench = await McpBench.StartAsync();
        await using var relay = await Relay.StartAsync(bench);
        await relay.FrameAsync(McpBench.Initialize(7).ToJsonString());
        Assert.Equal(7, (await relay.ReadFrameAsync())["id"]!.GetValue<int>());
        // Each in its own form, on one stream.
        await relay.LineAsync(McpBench.Message(8, "ping").ToJsonString());
        Assert.Equal(8, (await relay.ReadLineAsync())["id"]!.GetValue<int>());
        await relay.FrameAsync(McpBench.Message(9, "ping").ToJsonString(), "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n");
        Assert.Equal(9, (await relay.ReadFrameAsync())["id"]!.GetValue<int>());
    }

    [Fact]
    public async Task What_is_wrong_with_a_message_ends_nothing()
    {
        await using var bench = await McpBench.StartAsync();
        await using var relay = await Relay.StartAsync(bench, most: 5_000);
        await relay.LineAsync(McpBench.Initialize().ToJsonString());
        await relay.ReadLineAsync();
        foreach (var (line, code) in new[] { ("{", -32700), ("nonsense", -32700), ("[]", -32600), ("7", -32600), (new string('x', 200_000), -32600), ("{\"id\":1,\"id\":2}", -32700), ("\u0001\u0002", -32700) })
        {
            await relay.LineAsync(line);
            Assert.Equal(code, (await relay.ReadLineAsync())["error"]!["code"]!.GetValue<int>());
        }
        foreach (var header in new[] { "Content-Length: x\r\n\r\n", "Content-Length: -5\r\n\r\n", "Content-Type: y\r\n\r\n", "Content-Length: 6000\r\n\r\n" + new string('z', 6000) })
        {
            await relay.SendAsync(header);
            Assert.Equal(-32600, (await relay.ReadFrameAsync())["error"]!["code"]!.GetValue<int>());
        }
        await relay.LineAsync("");
        await relay.LineAsync(McpBench.Message(5, "ping").ToJsonString());
        Assert.NotNull((await relay.ReadLineAsync())["result"]);
        await relay.SendAsync("{\"jsonrpc\":");
        await relay.EndAsync();
        Assert.Equal(-32700, (await relay.ReadLineAsync())["error"]!["code"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_hub_that_is_away_or_refuses_is_an_error_of_the_request()
    {
        await using var bench = await McpBench.StartAsync();
        await using var away = await Relay.StartAsync(bench, url: "http://127.0.0.1:9/");
        await away.LineAsync(McpBench.Initialize(3).ToJsonString());
        var error = await away.ReadLineAsync();
        Assert.Equal((3, -32000), (error["id"]!.GetValue<int>(), error["error"]!["code"]!.GetValue<int>()));
        Assert.Contains("does not answer", error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await using var stranger = await Relay.StartAsync(bench, token: "x.y.z");
        await stranger.LineAsync(McpBench.Initialize(4).ToJsonString());
        Assert.Equal("Token validation failed", (await stranger.ReadLineAsync())["error"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_hub_that_has_forgotten_the_client_hears_of_it_again()
    {
        await using var bench = await McpBench.StartAsync();
        await using var relay = await Relay.StartAsync(bench);
        await relay.LineAsync(McpBench.Initialize().ToJsonString());
        await relay.ReadLineAsync();
        await bench.Bench.Hub.Services.GetRequiredService<McpConnections>().DisposeAsync();
        await relay.LineAsync(McpBench.Message(2, "tools/list").ToJsonString());
        Assert.Equal(16, (await relay.ReadLineAsync())["result"]!["tools"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_command_serves_the_sdks_client()
    {
        await using var bench = await McpBench.StartAsync();
        bench.Put("a.txt", "text");
        await using var client = await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = "dotnet",
            Arguments = [Path.Combine(AppContext.BaseDirectory, "ControlChat.App.dll"), "mcp", "--url", bench.Bench.Hub.Url],
            EnvironmentVariables = new Dictionary<string, string?> { ["AGENT_JWT_TOKEN"] = await bench.TokenAsync() },
        }));
        var read = await client.CallToolAsync("read_workspace_file", new Dictionary<string, object?> { ["path"] = "a.txt" });
        Assert.Equal("text", read.StructuredContent!.Value.GetProperty("content").GetString());
    }

    [Theory]
    [InlineData(78, "No agent token found", "mcp", "--url", "http://127.0.0.1:9")]
    [InlineData(64, "is not known here", "mcp", "--token", "x")]
    [InlineData(64, "mcp [--url", "mcp", "serve")]
    public async Task Without_a_token_it_does_not_begin(int code, string words, params string[] args)
    {
        Assert.Null(Environment.GetEnvironmentVariable("AGENT_JWT_TOKEN"));
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(code, await ControlChatProgram.RunAsync(args, output, error, CancellationToken.None));
        Assert.Equal("", output.ToString());
        Assert.Contains(words, error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A relay with both ends of its streams.</summary>
    private sealed class Relay : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
        private readonly Pipe _input = new();
        private readonly Pipe _output = new();
        private readonly Stream _write;
        private readonly StreamReader _read;
        private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });
        private readonly StdioOutput _answers;
        private readonly StdioRelay _relay;
        private readonly Task _run;

        private Relay(string url, string token, int most)
        {
            (_write, _read) = (_input.Writer.AsStream(), new StreamReader(_output.Reader.AsStream(), Encoding.UTF8));
            _answers = new StdioOutput(_output.Writer.AsStream());
            _relay = new StdioRelay(new HubMcpClient(_http, new Uri(url.TrimEnd('/') + "/mcp/workspace"), token), new StdioFrames(_input.Reader.AsStream(), most), _answers, TextWriter.Null, TimeProvider.System);
            _run = _relay.RunAsync(CancellationToken.None);
        }

        public static async Task<Relay> StartAsync(McpBench bench, string? url = null, string? token = null, int most = 1_000_000) => new(url ?? bench.Bench.Hub.Url, token ?? await bench.TokenAsync(), most);

        public async Task SendAsync(string text)
        {
            await _write.WriteAsync(Encoding.UTF8.GetBytes(text));
            await _write.FlushAsync();
        }

        public Task LineAsync(string message) => SendAsync(message + "\n");

        public Task FrameAsync(string message, string more = "") => SendAsync($"{more}Content-Length: {Encoding.UTF8.GetByteCount(message)}\r\n\r\n{message}");

        public async Task<JsonNode> ReadLineAsync() => JsonNode.Parse((await _read.ReadLineAsync().WaitAsync(Patience))!)!;

        public async Task<JsonNode> ReadFrameAsync()
        {
            var header = (await _read.ReadLineAsync().WaitAsync(Patience))!;
            Assert.StartsWith("Content-Length: ", header, StringComparison.Ordinal);
            Assert.Equal("", await _read.ReadLineAsync().WaitAsync(Patience));
            // What is read here is ASCII.
            var body = new char[int.Parse(header[16..], System.Globalization.CultureInfo.InvariantCulture)];
            for (var read = 0; read < body.Length;) read += await _read.ReadAsync(body.AsMemory(read)).AsTask().WaitAsync(Patience);
            return JsonNode.Parse(new string(body))!;
        }

        public async Task EndAsync()
        {
            await _input.Writer.CompleteAsync();
            await _run.WaitAsync(Patience);
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            _relay.Dispose();
            _answers.Dispose();
            _http.Dispose();
            _read.Dispose();
            await _write.DisposeAsync();
        }
    }
}
