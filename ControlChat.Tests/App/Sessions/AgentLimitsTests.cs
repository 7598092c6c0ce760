using System.IO.Pipelines;
using System.Text.Json.Nodes;
using ControlChat.App.Sessions;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>How fast agents may call, how much of them is held at once, and how long an answer is read that nobody waits for.</summary>
public sealed class AgentLimitsTests
{
    private static readonly Session _session = SessionBench.Asked("acc_1", "ws_1");

    [Fact]
    public void A_session_has_some_calls_at_once_and_so_many_a_minute()
    {
        var time = new FakeTime();
        var pace = new AgentPace(time);
        for (var i = 0; i < AgentPace.CallsAtOnce; i++) Assert.Null(pace.Take(_session, "a"));
        Assert.Equal(1, pace.Take(_session, "a"));
        Assert.Null(pace.Take(_session with { Id = "ags_other" }, "a"));
        var passed = 0;
        for (var i = 0; i < 600; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            if (pace.Take(_session, "a") is null) passed++;
        }
        Assert.InRange(passed, AgentPace.CallsPerMinute - 1, AgentPace.CallsPerMinute);
        time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < AgentPace.CallsAtOnce; i++) Assert.Null(pace.Take(_session, "a"));
        Assert.NotNull(pace.Take(_session, "a"));
    }

    [Fact]
    public void Strangers_share_what_their_address_has_and_sessions_give_back_what_they_took()
    {
        var time = new FakeTime();
        var pace = new AgentPace(time);
        for (var i = 0; i < 3 * AgentPace.StrangersAtOnce; i++)
        {
            var handle = SessionHandle.New();
            Assert.Null(pace.Known(handle));
            Assert.Null(pace.Take(null, "a"));
            pace.Meet(handle, _session with { Id = $"ags_{i}" }, "a");
            Assert.Equal($"ags_{i}", pace.Known(handle)!.Id);
        }
        for (var i = 0; i < AgentPace.StrangersAtOnce; i++) Assert.Null(pace.Take(null, "a"));
        Assert.Equal(1, pace.Take(null, "a"));
        Assert.Null(pace.Take(null, "b"));
        Assert.Null(pace.Take(_session, "a"));
    }

    [Fact]
    public void A_session_that_has_not_called_for_long_is_a_stranger_again()
    {
        var time = new FakeTime();
        var pace = new AgentPace(time);
        var (idle, busy) = (SessionHandle.New(), SessionHandle.New());
        pace.Meet(idle, _session, "a");
        pace.Meet(busy, _session with { Id = "ags_busy" }, "a");
        time.Advance(TimeSpan.FromMinutes(50));
        Assert.NotNull(pace.Known(busy));
        time.Advance(TimeSpan.FromMinutes(50));
        pace.Meet(SessionHandle.New(), _session with { Id = "ags_third" }, "a");
        Assert.Null(pace.Known(idle));
        Assert.NotNull(pace.Known(busy));
    }

    [Fact]
    public async Task A_session_that_calls_too_fast_is_told_so_and_is_on_the_record_once()
    {
        await using var bench = await AgentModelBench.StartAsync();
        var refused = 0;
        for (var i = 0; i < 200 && refused < 3; i++)
        {
            var (status, code, _) = await bench.ErrorAsync("{}");
            Assert.Contains((status, code), new[] { (400, "invalid_request"), (429, "rate_limit_exceeded") });
            if (status == 429) refused++;
        }
        Assert.Equal(3, refused);
        var row = JsonNode.Parse(Assert.Single(await bench.RefusalRowsAsync(), r => r.Contains("\"too_fast\"", StringComparison.Ordinal)))!;
        Assert.Equal((bench.Session.Id, "rate_limited"), (row["data"]!["agent_session_id"]!.GetValue<string>(), row["outcome"]!.GetValue<string>()));
        var (_, handle) = await bench.NewSessionAsync();
        Assert.Equal(400, (await bench.ErrorAsync("{}", bench.ClientOf(handle))).Status);
    }

    [Fact]
    public async Task Guessed_handles_are_soon_not_looked_up_and_known_sessions_go_on()
    {
        await using var bench = await AgentModelBench.StartAsync();
        Assert.Equal(400, (await bench.ErrorAsync("{}")).Status);
        var refused = false;
        for (var i = 0; i < 300 && !refused; i++)
        {
            var (status, code, _) = await bench.ErrorAsync("{}", bench.ClientOf(SessionHandle.New()));
            Assert.Contains((status, code), new[] { (401, "no_handle"), (503, "too_many_unknown") });
            refused = status == 503;
        }
        Assert.True(refused);
        Assert.Equal(400, (await bench.ErrorAsync("{}")).Status);
        Assert.Single(await bench.RefusalRowsAsync(), r => r.Contains("\"too_many_unknown\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_bodies_are_held_at_once_and_none_for_long()
    {
        var time = new FakeTime();
        using var bodies = new AgentBodies(time);
        var lanes = new AgentLanes();
        var slow = new List<Task<int>>();
        foreach (var session in (string[])["ags_a", "ags_b"]) slow.Add(LengthAsync(bodies, lanes.Enter(session)!, new Pipe().Reader.AsStream()));
        var third = LengthAsync(bodies, lanes.Enter("ags_c")!, new MemoryStream([1, 2]));
        Assert.False(third.IsCompleted);
        time.Advance(AgentBodies.Within);
        foreach (var late in slow) Assert.Equal(408, (await Assert.ThrowsAsync<AgentModelException>(() => late)).Status);
        Assert.Equal(2, await third);
    }

    [Fact]
    public async Task One_session_holds_one_of_them()
    {
        using var bodies = new AgentBodies(new FakeTime());
        var lanes = new AgentLanes();
        var pipe = new Pipe();
        var first = LengthAsync(bodies, lanes.Enter("ags_a")!, pipe.Reader.AsStream());
        var second = LengthAsync(bodies, lanes.Enter("ags_a")!, new MemoryStream([1, 2]));
        Assert.Equal(1, await LengthAsync(bodies, lanes.Enter("ags_b")!, new MemoryStream([1])));
        Assert.False(first.IsCompleted || second.IsCompleted);
        await pipe.Writer.WriteAsync(new byte[3]);
        await pipe.Writer.CompleteAsync();
        Assert.Equal((3, 2), (await first, await second));
    }

    [Fact]
    public void What_an_agent_left_is_read_on_for_some_time_and_its_end_is_no_leaving()
    {
        var time = new FakeTime();
        using var gone = new CancellationTokenSource();
        var told = 0;
        using var departure = new Departure(time, () => told++, gone.Token);
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(departure.HasLeft || departure.Over.IsCancellationRequested);
        gone.Cancel();
        Assert.True(departure.HasLeft);
        time.Advance(Departure.HearingOn - TimeSpan.FromSeconds(1));
        Assert.False(departure.Over.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(departure.Over.IsCancellationRequested);
        Assert.Equal(1, told);
        using var end = new CancellationTokenSource();
        var over = new Departure(time, () => told++, end.Token);
        over.Dispose();
        end.Cancel();
        Assert.False(over.HasLeft);
    }

    private static Task<int> LengthAsync(AgentBodies bodies, AgentLanes.Lane lane, Stream body)
    {
        var request = new DefaultHttpContext().Request;
        (request.ContentType, request.Body) = ("application/json", body);
        return bodies.ReadAsync(request, lane, static b => b.Length, CancellationToken.None);
    }
}
