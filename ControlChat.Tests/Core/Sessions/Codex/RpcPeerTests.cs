using System.IO.Pipelines;
using System.Text.Json;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

public sealed class RpcPeerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly MemoryStream _written = new();
    private readonly FakeTime _time = new();
    private readonly RpcPeer _peer;

    public RpcPeerTests() => _peer = new RpcPeer(_written, _time, Limit);

    public void Dispose()
    {
        _peer.Dispose();
        _written.Dispose();
    }

    [Fact]
    public async Task Answers_reach_those_who_asked_in_whatever_order_they_come()
    {
        var (first, second) = (AskAsync("one"), AskAsync("two"));
        Assert.Null(Receive("""{"id":2,"result":"b"}"""));
        Assert.Null(Receive("""{"id":1,"result":"a"}"""));
        Assert.Equal("a", (await first).GetString());
        Assert.Equal("b", (await second).GetString());
    }

    [Fact]
    public async Task An_error_is_told_to_the_one_who_asked()
    {
        var asked = AskAsync("one");
        Receive("""{"error":{"code":-32600,"message":"no active turn to steer"},"id":1}""");
        var fault = await Assert.ThrowsAsync<RpcException>(() => asked);
        Assert.Equal((-32600, "no active turn to steer"), (fault.Code, fault.Message));
    }

    [Theory]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"id":1,"error":"plain"}""")]
    [InlineData("""{"id":1,"error":{"code":"x","message":7}}""")]
    [InlineData("""{"id":1,"error":{"code":1e99}}""")]
    public async Task An_answer_without_sense_is_an_error(string answer)
    {
        var asked = AskAsync("one");
        Assert.Null(Receive(answer));
        await Assert.ThrowsAsync<RpcException>(() => asked);
    }

    [Theory]
    [InlineData("""{"id":"1","result":{}}""")]
    [InlineData("""{"id":99,"result":{}}""")]
    [InlineData("""{"id":null,"result":{}}""")]
    [InlineData("""{"id":{},"method":7}""")]
    [InlineData("{}")]
    public async Task What_answers_nothing_is_kept_and_disturbs_nobody(string odd)
    {
        var asked = AskAsync("one");
        Assert.IsType<RpcMessage.Odd>(Receive(odd));
        Assert.False(asked.IsCompleted);
        Receive("""{"id":1,"result":0}""");
        await asked;
        Assert.IsType<RpcMessage.Odd>(Receive("""{"id":1,"result":0}"""));
    }

    [Fact]
    public async Task The_servers_ids_are_another_space_and_come_back_as_they_were()
    {
        var own = AskAsync("one");
        foreach (var id in new[] { "1", "\"1\"", "\"a\\u0022b\"", "-7", "9007199254740993" })
        {
            var request = Assert.IsType<RpcMessage.Request>(Receive($$$$"""{"method":"x/y","id":{{{{id}}}},"params":{}}"""));
            await _peer.AnswerAsync(request.Id, new { ok = true }, CancellationToken.None);
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse($$$$"""{"id":{{{{id}}}},"result":{"ok":true}}"""), JsonElement.Parse(Lines()[^1])), Lines()[^1]);
        }
        Assert.False(own.IsCompleted);
        await _peer.RefuseAsync(new RpcId("0"), -32601, "no", CancellationToken.None);
        Assert.Equal("""{"id":0,"error":{"code":-32601,"message":"no"}}""", Lines()[^1]);
    }

    [Fact]
    public async Task Who_waits_too_long_hears_so_and_a_late_answer_is_odd()
    {
        var asked = AskAsync("turn/start");
        _time.Advance(Limit);
        Assert.Contains("turn/start", (await Assert.ThrowsAsync<AgentException>(() => asked)).Message, StringComparison.Ordinal);
        Assert.IsType<RpcMessage.Odd>(Receive("""{"id":1,"result":0}"""));
    }

    [Fact]
    public async Task The_end_fails_everyone_who_waits_and_whoever_comes_later_with_one_reason()
    {
        var waiting = Enumerable.Range(0, 20).Select(_ => AskAsync("one")).ToList();
        _peer.Close(new AgentException("It ended."));
        _peer.Close(new AgentException("Another reason."));
        waiting.Add(AskAsync("late"));
        foreach (var one in waiting) Assert.Equal("It ended.", (await Assert.ThrowsAsync<AgentException>(() => one)).Message);
        Assert.Equal("It ended.", (await Assert.ThrowsAsync<AgentException>(() => _peer.NotifyAsync("x", CancellationToken.None))).Message);
    }

    [Fact]
    public async Task Lines_written_at_once_stay_whole()
    {
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(() => _peer.AnswerAsync(new RpcId($"{i}"), new { text = new string('x', i) }, CancellationToken.None))));
        var lines = Lines();
        Assert.Equal(500, lines.Count);
        foreach (var line in lines)
        {
            var read = JsonElement.Parse(line);
            Assert.Equal(read.GetProperty("id").GetInt32(), read.GetProperty("result").GetProperty("text").GetString()!.Length);
        }
    }

    [Fact]
    public async Task An_agent_that_reads_no_more_fails_the_writer_instead_of_holding_it()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 16, resumeWriterThreshold: 8));
        using var peer = new RpcPeer(pipe.Writer.AsStream(), _time, Limit);
        var writing = peer.AnswerAsync(new RpcId("1"), new { text = new string('x', 100) }, CancellationToken.None);
        Assert.False(writing.IsCompleted);
        _time.Advance(Limit);
        await Assert.ThrowsAsync<AgentException>(() => writing);
        await Assert.ThrowsAsync<AgentException>(() => peer.RequestAsync("later", new { }, Limit, CancellationToken.None));
    }

    [Fact]
    public async Task Who_waits_no_more_leaves_the_line_whole()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 16, resumeWriterThreshold: 8));
        using var peer = new RpcPeer(pipe.Writer.AsStream(), _time, Limit);
        using var patience = new CancellationTokenSource();
        var first = peer.AnswerAsync(new RpcId("1"), new { text = new string('x', 100) }, patience.Token);
        var second = peer.AnswerAsync(new RpcId("2"), new { }, patience.Token);
        var third = peer.RequestAsync("three", new { }, TimeSpan.FromSeconds(2), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("three", (await Assert.ThrowsAsync<AgentException>(() => third.WaitAsync(Limit))).Message, StringComparison.Ordinal);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Limit));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Limit));
        var fourth = peer.AnswerAsync(new RpcId("4"), new { }, CancellationToken.None);
        using var reader = new StreamReader(pipe.Reader.AsStream());
        Assert.Equal(100, JsonElement.Parse((await reader.ReadLineAsync())!).GetProperty("result").GetProperty("text").GetString()!.Length);
        Assert.Equal("""{"id":4,"result":{}}""", await reader.ReadLineAsync());
        await fourth;
    }

    [Fact]
    public async Task A_real_process_that_does_not_read_holds_nobody()
    {
        var sleeping = LongProcess.Open(new ProcessOrder("/bin/sleep", ["600"], "/", new Dictionary<string, string>()), out var input, out var output);
        try
        {
            using var peer = new RpcPeer(input, TimeProvider.System, TimeSpan.FromSeconds(1));
            await Assert.ThrowsAsync<AgentException>(() => peer.AnswerAsync(new RpcId("1"), new { text = new string('x', 1_000_000) }, CancellationToken.None).WaitAsync(Limit));
            await input.DisposeAsync().AsTask().WaitAsync(Limit);
        }
        finally
        {
            using var process = System.Diagnostics.Process.GetProcessById(sleeping.Id);
            process.Kill();
            await output.DisposeAsync();
        }
    }

    private Task<JsonElement> AskAsync(string method) => _peer.RequestAsync(method, new { }, Limit, CancellationToken.None);

    private RpcMessage? Receive(string message) => _peer.Receive(JsonElement.Parse(message));

    private List<string> Lines() => [.. System.Text.Encoding.UTF8.GetString(_written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
