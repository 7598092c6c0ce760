using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Webhooks;

/// <summary>From a commit to the endpoint, on both databases.</summary>
public abstract class WebhookDeliveryTests(TestStore store)
{
    [Fact]
    public async Task What_is_recorded_arrives_once_in_order_and_as_the_record_shows_it()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        await bench.RecordAsync("hub.started");
        await bench.BeginAsync(null, bench.Receiver.Endpoint());
        await bench.KnownAsync("siem");
        await bench.RecordAsync("tool.applied", "tool.denied");
        await bench.RecordAsync("session.started");
        await bench.ArrivedAsync(3);
        await Waiting.UntilAsync(async () => (await bench.StandsAsync("siem")).Waiting == 0);
        Assert.Equal(["tool.applied", "tool.denied", "session.started"], bench.Receiver.Hooks.Select(h => h.Event));
        var body = bench.Receiver.Hooks.First().Json;
        Assert.Equal(["id", "event", "at", "hub_id", "data"], body.Select(p => p.Key));
        Assert.StartsWith("aud_", (string)body["id"]!, StringComparison.Ordinal);
        Assert.StartsWith("hub_", (string)body["hub_id"]!, StringComparison.Ordinal);
        Assert.Equal((2, "as shown", "system"), ((int)body["data"]!["seq"]!, (string)body["data"]!["details"]!["note"]!, (string)body["data"]!["via"]!));
        Assert.NotNull((await bench.StandsAsync("siem")).State.LastSuccessAt);
    }

    [Fact]
    public async Task Only_what_an_endpoint_asked_for_arrives_there()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        var endpoint = bench.Receiver.Endpoint("one", "of the test", "tool.denied", WebhookEvents.SessionPanic);
        await bench.BeginAsync(null, endpoint);
        await bench.KnownAsync("one");
        await bench.RecordAsync("tool.applied", "tool.denied");
        await bench.TellAsync(WebhookEvents.TranscriptReady, "trs_1", endpoint);
        await bench.TellAsync(WebhookEvents.SessionPanic, "pnc_1", endpoint);
        await bench.ArrivedAsync(2);
        await bench.RecordAsync("tool.denied");
        await bench.ArrivedAsync(3);
        Assert.Equal(["session.panic", "tool.denied", "tool.denied"], bench.Receiver.Hooks.Select(h => h.Event).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_was_rolled_back_never_arrives()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        var endpoint = bench.Receiver.Endpoint();
        await bench.BeginAsync(null, endpoint);
        await bench.KnownAsync("siem");
        await using (var transaction = await bench.Database.BeginAsync(default))
            await new WebhookOutbox(new WebhookEndpoints([endpoint], true), bench.Store).AddAsync(transaction, WebhookEvents.SessionPanic, "pnc_0", [], default);
        await bench.TellAsync(WebhookEvents.SessionPanic, "pnc_1", endpoint);
        await bench.ArrivedAsync(1);
        Assert.Equal("pnc_1", (string)Assert.Single(bench.Receiver.Hooks).Json["id"]!);
    }

    [Fact]
    public async Task What_was_committed_before_the_process_ended_arrives_after_its_restart()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        var endpoint = bench.Receiver.Endpoint();
        var first = await bench.BeginAsync(null, endpoint);
        await bench.KnownAsync("siem");
        await WebhookBench.StopAsync(first);
        await bench.RecordAsync("tool.applied");
        await bench.TellAsync(WebhookEvents.SessionPanic, "pnc_1", endpoint);
        Assert.Empty(bench.Receiver.Hooks);
        await bench.BeginAsync(null, endpoint);
        await bench.ArrivedAsync(2);
        Assert.Equal(["session.panic", "tool.applied"], bench.Receiver.Hooks.Select(h => h.Event).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_an_endpoint_did_not_take_comes_again_as_the_same_delivery()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        bench.Receiver.Answers = context =>
        {
            context.Response.StatusCode = bench.Receiver.Hooks.Count == 1 ? 503 : 204;
            return Task.CompletedTask;
        };
        await bench.BeginAsync(null, bench.Receiver.Endpoint());
        await bench.KnownAsync("siem");
        await bench.RecordAsync("tool.applied");
        await bench.ArrivedAsync(2);
        var hooks = bench.Receiver.Hooks.ToArray();
        Assert.Equal(hooks[0].Headers["X-ControlChat-Delivery"], hooks[1].Headers["X-ControlChat-Delivery"]);
        Assert.Equal(hooks[0].Body, hooks[1].Body);
        await Waiting.UntilAsync(async () => (await bench.StandsAsync("siem")) is { Waiting: 0, State.Failures: 0 });
        Assert.Equal("It answered 503.", (await bench.StandsAsync("siem")).State.LastError);
    }

    [Fact]
    public async Task After_the_last_try_it_is_given_up_kept_told_and_sent_again_on_demand()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        var takes = false;
        bench.Receiver.Answers = context =>
        {
            context.Response.StatusCode = takes ? 200 : 400;
            return Task.CompletedTask;
        };
        await bench.BeginAsync(null, bench.Receiver.Endpoint());
        await bench.KnownAsync("siem");
        await bench.RecordAsync("tool.applied");
        await Waiting.UntilAsync(async () => (await bench.StandsAsync("siem")) is { Waiting: 0, Dead: 1 });
        Assert.Equal(WebhookBench.Quick.Tries, bench.Receiver.Hooks.Count);
        Assert.Contains(bench.Log.Lines, l => l.Message.Contains("was not told of tool.applied", StringComparison.Ordinal) && l.Message.Contains("It answered 400.", StringComparison.Ordinal));
        takes = true;
        await bench.WriteAsync(async t => Assert.Equal(1, await bench.Store.ReviveAsync(t, "siem", null, default)));
        await Waiting.UntilAsync(async () => (await bench.StandsAsync("siem")) is { Waiting: 0, Dead: 0 });
        Assert.Equal(WebhookBench.Quick.Tries + 1, bench.Receiver.Hooks.Count);
    }

    [Fact]
    public async Task An_endpoint_that_is_silent_keeps_no_other_waiting()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        bench.Receiver.Answers = context => context.Request.Path == "/silent" ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        var silent = new WebhookEndpoint("silent", new Uri(bench.Receiver.Url + "/silent"), [], "of the test");
        await bench.BeginAsync(WebhookBench.Quick with { Answer = TimeSpan.FromMinutes(5) }, silent, bench.Receiver.Endpoint());
        await bench.KnownAsync("siem", "silent");
        await bench.RecordAsync("tool.applied", "tool.denied", "tool.failed");
        await Waiting.UntilAsync(() => bench.Receiver.Hooks.Count(h => h.Path == "/in") == 3);
        Assert.Equal(3, (await bench.StandsAsync("silent")).Waiting);
    }

    [Fact]
    public async Task Of_too_many_that_wait_the_oldest_are_dropped_and_counted()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        var endpoint = bench.Receiver.Endpoint();
        await bench.WriteAsync(async t =>
        {
            await bench.Store.BeginAsync(t, "siem", default);
            // As many as may wait, without adding each.
            await t.ExecuteAsync("""
                with recursive n (i) as (select 1 union all select i + 1 from n where i < @most)
                insert into webhook_deliveries (delivery, endpoint, event, event_id, at, data, next_at) select cast(i as text), 'siem', 'tool.applied', 'aud_' || i, hub_now(), '{}', hub_now() from n
                """, new { most = WebhookStore.MostWaiting }, default);
        });
        await bench.TellAsync(WebhookEvents.SessionPanic, "pnc_1", endpoint);
        await bench.TellAsync(WebhookEvents.SessionPanic, "pnc_2", endpoint);
        var (waiting, _, state) = await bench.StandsAsync("siem");
        Assert.Equal((WebhookStore.MostWaiting, 2), (waiting, state.Dropped));
        await using var reader = await bench.Database.ReadAsync(default);
        // That somebody panicked goes before all that waits.
        Assert.Equal(["pnc_1", "pnc_2", "aud_3"], (await bench.Store.DueAsync(reader, "siem", 3, default)).Select(d => d.EventId));
    }

    [Fact]
    public async Task Much_is_told_without_its_details()
    {
        await using var bench = await WebhookBench.StartAsync(store);
        await bench.BeginAsync(null, bench.Receiver.Endpoint());
        await bench.KnownAsync("siem");
        await bench.WriteAsync(t => new AuditTrail(bench.Database, new AuditPulse()).AppendAsync(t, new AuditEntry("tool.applied", "completed", AuditActor.System) { Data = new JsonObject { ["long"] = new string('é', 70_000) } }, default));
        await bench.ArrivedAsync(1);
        var hook = bench.Receiver.Hooks.Single();
        Assert.InRange(hook.Body.Length, 1, 64 * 1024);
        Assert.Equal((null, true), ((string?)hook.Json["data"]!["details"], (bool)hook.Json["data"]!["details_left_out"]!));
    }
}

public sealed class SqliteWebhookDeliveryTests() : WebhookDeliveryTests(TestStore.Sqlite);

public sealed class PostgresWebhookDeliveryTests() : WebhookDeliveryTests(TestStore.Postgres)
{
    [Fact]
    public async Task Of_two_processes_only_one_sends_each()
    {
        await using var bench = await WebhookBench.StartAsync(TestStore.Postgres);
        var endpoint = bench.Receiver.Endpoint();
        await bench.BeginAsync(null, endpoint);
        await bench.BeginAsync(null, endpoint);
        await bench.KnownAsync("siem");
        for (var i = 0; i < 25; i++) await bench.RecordAsync("tool.applied", "tool.denied");
        await Waiting.UntilAsync(async () => await bench.StandsAsync("siem") is { Waiting: 0 } && bench.Receiver.Hooks.Count >= 50);
        var seqs = bench.Receiver.Hooks.Select(h => (long)h.Json["data"]!["seq"]!).ToArray();
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), seqs);
    }

    [Fact]
    public async Task What_a_process_held_when_it_was_lost_another_one_sends()
    {
        await using var bench = await WebhookBench.StartAsync(TestStore.Postgres);
        var endpoint = bench.Receiver.Endpoint();
        await bench.WriteAsync(async t =>
        {
            await bench.Store.BeginAsync(t, "siem", default);
            Assert.True(await bench.Store.LeaseAsync(t, "siem", "cur_lost", TimeSpan.FromSeconds(1), default));
        });
        await bench.TellAsync(WebhookEvents.SessionPanic, "pnc_1", endpoint);
        await bench.BeginAsync(null, endpoint);
        await bench.ArrivedAsync(1);
        Assert.NotEqual("cur_lost", (await bench.StandsAsync("siem")).State.Owner);
    }
}
