using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>The other end of a driver: says what a test tells it to, and keeps what the driver writes. Ending background commands it
/// answers by itself when asked to.</summary>
internal sealed class FakeAgent : IAsyncDisposable
{
    private static readonly TimeSpan MostToWait = TimeSpan.FromSeconds(30);
    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
    private readonly Pipe _input = new();
    private readonly TaskCompletionSource<AgentExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<JsonObject> _heard = Channel.CreateUnbounded<JsonObject>();
    private readonly SemaphoreSlim _saying = new(1, 1);
    private readonly bool _cleans;
    private readonly Valve _valve;
    private bool _gone;
    private int _fences;

    public FakeAgent(TimeProvider? time = null, bool cleans = true)
    {
        _cleans = cleans;
        _valve = new Valve(_input.Writer.AsStream());
        Pipes = new AgentPipes(_output.Reader.AsStream(), _valve, _exit.Task);
        Driver = new AppServerDriver(Pipes, time ?? TimeProvider.System);
        Listening = Task.Run(ListenAsync);
    }

    public AgentPipes Pipes { get; }

    public AppServerDriver Driver { get; }

    /// <summary>Every line the driver wrote.</summary>
    public List<JsonObject> Written { get; } = [];

    /// <summary>Ends when the driver has closed the agent's input.</summary>
    public Task Listening { get; }

    /// <summary>From now on nothing that is written to it is taken.</summary>
    public void StopReading() => _valve.Shut();

    public void ReadOn() => _valve.Open();

    /// <summary>Says something that the driver answers, and returns when it cannot.</summary>
    public async Task BlockAsync()
    {
        StopReading();
        await SayAsync("""{"method":"test/fence","id":"blocked","params":{}}""");
        await _valve.Blocked.WaitAsync(MostToWait);
    }

    public Task SayAsync(string line) => SayAsync(Encoding.UTF8.GetBytes(line));

    public async Task SayAsync(byte[] line)
    {
        // The test and the answers to "clean" both say something.
        await _saying.WaitAsync();
        try
        {
            if (!_gone) await _output.Writer.WriteAsync((byte[])[.. line, (byte)'\n']);
        }
        finally
        {
            _saying.Release();
        }
    }

    public Task SayAsync(JsonNode message) => SayAsync(message.ToJsonString());

    public Task AnswerAsync(JsonObject request, string result) => SayAsync($$$$"""{"id":{{{{request["id"]!.ToJsonString()}}}},"result":{{{{result}}}}}""");

    public Task SayAsync(string method, string parameters) => SayAsync($$$$"""{"method":"{{{{method}}}}","params":{{{{parameters}}}}}""");

    /// <summary>The next line of the driver's.</summary>
    public async Task<JsonObject> HearAsync(string? method = null)
    {
        using var limit = new CancellationTokenSource(MostToWait);
        var line = await _heard.Reader.ReadAsync(limit.Token);
        if (method is not null) Xunit.Assert.Equal(method, line["method"]?.GetValue<string>());
        return line;
    }

    /// <summary>Returns when the driver has read everything up to here.</summary>
    public async Task FenceAsync()
    {
        var id = $"\"fence-{++_fences}\"";
        await SayAsync($$$$"""{"method":"test/fence","id":{{{{id}}}},"params":{}}""");
        var answer = await HearAsync();
        Xunit.Assert.Equal(id, answer["id"]?.ToJsonString());
        Xunit.Assert.Equal(RpcException.MethodNotFound, answer["error"]?["code"]?.GetValue<int>());
    }

    public async Task ExitAsync(int? code = 0, string complaint = "")
    {
        _exit.TrySetResult(new AgentExit(code, complaint));
        await _saying.WaitAsync();
        _gone = true;
        _saying.Release();
        await _output.Writer.CompleteAsync();
    }

    /// <summary>The process ends, and somebody else holds its stdout open.</summary>
    public void ExitOnly(int code) => _exit.TrySetResult(new AgentExit(code, ""));

    /// <summary>Begins a thread the way a well-behaved server does.</summary>
    public async Task StartAsync(string thread = "t1", string profile = "hub", string? answer = null)
    {
        var starting = Driver.StartAsync(new AgentOrder("/ws", "hub", null, []), CancellationToken.None);
        await AnswerAsync(await HearAsync("initialize"), """{"userAgent":"x/0.169.0"}""");
        await HearAsync("initialized");
        await AnswerAsync(await HearAsync("thread/start"), answer ?? ThreadAnswer(thread, profile));
        await starting;
    }

    public static string ThreadAnswer(string thread = "t1", string profile = "hub") =>
        $$$$"""{"thread":{"id":"{{{{thread}}}}"},"cwd":"/ws","approvalPolicy":"on-request","approvalsReviewer":"user","activePermissionProfile":{"id":"{{{{profile}}}}","extends":null}}""";

    /// <summary>All events up to the end, without those of <see cref="FenceAsync"/>.</summary>
    public async Task<List<AgentEvent>> EventsAsync()
    {
        using var limit = new CancellationTokenSource(MostToWait);
        List<AgentEvent> events = [];
        await foreach (var happened in Driver.ReadAsync(limit.Token))
        {
            if (happened is not AgentEvent.Unknown { Kind: "test/fence" }) events.Add(happened);
        }
        return events;
    }

    public async ValueTask DisposeAsync()
    {
        _exit.TrySetResult(new AgentExit(null, ""));
        await Driver.DisposeAsync();
        await Listening;
    }

    private async Task ListenAsync()
    {
        using var reader = new StreamReader(_input.Reader.AsStream());
        while (await reader.ReadLineAsync() is { } line)
        {
            var message = JsonNode.Parse(line)!.AsObject();
            lock (Written) Written.Add(message);
            if (_cleans && message["method"]?.GetValue<string>() == "thread/backgroundTerminals/clean") await AnswerAsync(message, "{}");
            else await _heard.Writer.WriteAsync(message);
        }
        _heard.Writer.TryComplete();
    }
}
