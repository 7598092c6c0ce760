using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.Core.Gate;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Webhooks;

/// <summary>What becomes of approvals, from the gate to somebody's server that checks who it is from.</summary>
public abstract class ApprovalWebhookTests(TestStore store)
{
    private const string Secret = "of the test";

    [Fact]
    public async Task Each_step_of_an_approval_arrives_once_signed_with_what_a_receiver_needs()
    {
        await using var bed = await BeginAsync();
        var approved = await bed.AskAsync("n-one");
        Assert.IsType<ApprovalDecision.Done>(await bed.Hub.ApproveAsync(approved));
        var declined = await bed.AskAsync("n-two");
        Assert.IsType<ApprovalDecision.Declined>(await bed.Hub.Approvals.DeclineAsync(GateHub.Ada, declined, "not now", default));
        var stale = await bed.AskAsync("n-three");
        await bed.Hub.MeddleAsync("n-three", "meanwhile");
        var fresh = Assert.IsType<ApprovalDecision.Stale>(await bed.Hub.ApproveAsync(stale)).ApprovalId!;
        bed.Hub.Time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(1, await bed.Hub.Get<ApprovalReminders>().RemindDueAsync(default));
        bed.Hub.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(1, await bed.Hub.Get<ApprovalClosing>().ExpireDueAsync(default));

        await bed.ArriveAsync(9);
        Assert.All(bed.Receiver.Hooks, Signed);
        Assert.Equal(bed.Receiver.Hooks.Count, bed.Receiver.Hooks.Select(h => (string)h.Json["id"]!).Distinct().Count());
        Assert.Equal(["approval.requested", "approval.consumed"], bed.Of(approved).Select(h => h.Event));
        var requested = bed.Data(approved, "approval.requested");
        Assert.Equal(("note.drop", "pending", "plan", "confirm", "acc_ada", null), (Text(requested, "tool"), Text(requested, "outcome"), Text(requested, "kind"), Text(requested, "decision"), Text(requested, "requested_by"), Text(requested, "approver_id")));
        Assert.Equal(Timestamps.Format((await bed.FindAsync(approved)).ExpiresAt), Text(requested, "expires_at"));
        var consumed = bed.Data(approved, "approval.consumed");
        Assert.Equal(("note.drop", "consumed", "acc_ada", "acc_ada"), (Text(consumed, "tool"), Text(consumed, "outcome"), Text(consumed, "decided_by"), Text(consumed, "approver_id")));
        Assert.Equal(("note.drop", "declined", "acc_ada"), (Text(bed.Data(declined, "approval.declined"), "tool"), Text(bed.Data(declined, "approval.declined"), "outcome"), Text(bed.Data(declined, "approval.declined"), "decided_by")));
        Assert.Equal(fresh, Text(bed.Data(stale, "approval.superseded"), "superseded_by"));
        Assert.Equal(["approval.requested", "approval.expiring", "approval.expired"], bed.Of(fresh).OrderBy(h => (string)h.Json["at"]!, StringComparer.Ordinal).Select(h => h.Event));
        Assert.Equal(("note.drop", "expired", null), (Text(bed.Data(fresh, "approval.expired"), "tool"), Text(bed.Data(fresh, "approval.expired"), "outcome"), Text(bed.Data(fresh, "approval.expired"), "decided_by")));
    }

    [Fact]
    public async Task What_an_agent_asks_for_arrives_with_its_kind_and_who_answered()
    {
        await using var bed = await BeginAsync();
        var asked = await bed.Hub.OpenAsync(AgentAsks.Command());
        Assert.IsType<ApprovalDecision.Done>(await bed.Hub.AcceptAsync(asked));
        var withdrawn = await bed.Hub.OpenAsync(AgentAsks.Command(), "ask-2");
        await using (var transaction = await bed.Hub.Database.BeginAsync(default))
        {
            Assert.True(await bed.Hub.Get<IAgentApprovals>().CancelAsync(transaction, withdrawn, "The turn ended.", AgentAsks.Worker, default));
            await transaction.CommitAsync(default);
        }
        await bed.ArriveAsync(4);
        var requested = bed.Data(asked, "approval.requested");
        Assert.Equal(("agent_command", "ses_agent", "confirm"), (Text(requested, "kind"), Text(requested, "session_id"), Text(requested, "decision")));
        Assert.NotNull(Text(requested, "expires_at"));
        Assert.Equal(("accepted", "acc_ada"), (Text(bed.Data(asked, "agent_approval.answered"), "outcome"), Text(bed.Data(asked, "agent_approval.answered"), "decided_by")));
        Assert.Equal("cancelled", Text(bed.Data(withdrawn, "approval.cancelled"), "outcome"));
    }

    [Fact]
    public async Task A_server_that_was_down_is_told_of_the_reminder_when_it_is_back_and_only_once()
    {
        await using var bed = await BeginAsync(WebhookEvents.ApprovalExpiring);
        var asked = await bed.AskAsync("n-one");
        await bed.Receiver.GoAsync();
        bed.Hub.Time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(1, await bed.Hub.Get<ApprovalReminders>().RemindDueAsync(default));
        await Waiting.UntilAsync(async () => (await bed.StandsAsync()).Failures > 0);
        await bed.Receiver.ComeAsync();
        // What failed rests by the database's time.
        bed.Hub.Time.Advance(TimeSpan.FromSeconds(1));
        await bed.ArriveAsync(1);
        await Waiting.UntilAsync(async () => (await bed.StandsAsync()).Failures == 0);
        Assert.Equal(asked, Text(Assert.Single(bed.Receiver.Hooks).Json["data"]!.AsObject(), "approval_id"));
        Assert.Equal(0, await bed.CountAsync());
    }

    [Fact]
    public async Task A_private_address_is_not_spoken_to()
    {
        await using var bed = await BeginAsync(WebhookEvents.ApprovalExpiring, allowPrivate: false);
        await bed.AskAsync("n-one");
        bed.Hub.Time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(1, await bed.Hub.Get<ApprovalReminders>().RemindDueAsync(default));
        await Waiting.UntilAsync(async () => (await bed.StandsAsync()).LastError?.Contains("private", StringComparison.OrdinalIgnoreCase) == true);
        Assert.Empty(bed.Receiver.Hooks);
        Assert.Equal(1, await bed.CountAsync());
    }

    private async Task<Bed> BeginAsync(string? only = null, bool allowPrivate = true)
    {
        var receiver = await HookReceiver.StartAsync();
        var endpoints = new WebhookEndpoints([receiver.Endpoint("siem", Secret, only is null ? ["approval.requested", "approval.consumed", "approval.declined", "approval.superseded", "approval.expired", "approval.cancelled", "agent_approval.answered", WebhookEvents.ApprovalExpiring] : [only])], allowPrivate);
        var hub = await GateHub.CreateAsync(await store.NewAsync(), services => services.AddSingleton(new WebhookOutbox(endpoints, new WebhookStore())));
        var sender = allowPrivate ? receiver.Sender(WebhookBench.Quick) : new WebhookSender(false, WebhookBench.Quick, TimeProvider.System, receiver.Trusts);
        var courier = new WebhookCourier(hub.Database, endpoints, new WebhookStore(), sender, new HubIdentity(hub.Database), WebhookBench.Quick, TimeProvider.System, new CapturingLogger<WebhookCourier>());
        await courier.StartAsync(default);
        var bed = new Bed(hub, receiver, courier);
        await Waiting.UntilAsync(async () => await bed.FindStateAsync() is not null);
        return bed;
    }

    private static string? Text(JsonObject data, string name) => (string?)data[name];

    // As a receiver does it: over the time, a point, and the body as it came.
    private static void Signed(Hook hook)
    {
        var parts = hook.Headers["X-ControlChat-Signature"].Split(',').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        byte[] signed = [.. Encoding.UTF8.GetBytes(parts["t"] + "."), .. hook.Body];
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed)), parts["v1"]);
    }

    private sealed class Bed(GateHub hub, HookReceiver receiver, WebhookCourier courier) : IAsyncDisposable
    {
        private readonly WebhookStore _store = new();

        public GateHub Hub => hub;

        public HookReceiver Receiver => receiver;

        public async Task<string> AskAsync(string note)
        {
            await hub.SetAsync(note, "one");
            return (await hub.CallAsync("note.drop", new { id = note })).ApprovalId!;
        }

        public async Task<Approval> FindAsync(string id) => (await hub.Approvals.FindAsync(GateHub.Ada, id, default))!;

        public Task ArriveAsync(int hooks) => Waiting.UntilAsync(() => receiver.Hooks.Count >= hooks, null, $"{hooks} arrived, not only {string.Join(", ", receiver.Hooks.Select(h => h.Event))}");

        public IEnumerable<Hook> Of(string approval) => receiver.Hooks.Where(h => Text(h.Json["data"]!.AsObject(), "approval_id") == approval);

        public JsonObject Data(string approval, string happened) => Assert.Single(Of(approval), h => h.Event == happened).Json["data"]!.AsObject();

        public async Task<WebhookState?> FindStateAsync()
        {
            await using var reader = await hub.Database.ReadAsync(default);
            return await _store.FindAsync(reader, "siem", default);
        }

        public async Task<WebhookState> StandsAsync() => (await FindStateAsync())!;

        public Task<long> CountAsync() => hub.CountAsync("select count(*) from webhook_deliveries");

        public async ValueTask DisposeAsync()
        {
            await WebhookBench.StopAsync(courier);
            await hub.DisposeAsync();
            await receiver.DisposeAsync();
        }
    }
}

public sealed class SqliteApprovalWebhookTests() : ApprovalWebhookTests(TestStore.Sqlite);

public sealed class PostgresApprovalWebhookTests() : ApprovalWebhookTests(TestStore.Postgres);
