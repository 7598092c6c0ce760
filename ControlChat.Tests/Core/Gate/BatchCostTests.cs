using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

/// <summary>The cap on a batch's cost, a price that moves under a plan, and a process that dies between two steps.</summary>
public abstract class BatchCostTests(TestStore store) : IAsyncLifetime
{
    private readonly Shop _shop = new();
    private GateHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await GateHub.CreateAsync(await store.NewAsync(), s => s.AddSingleton(_shop).AddSingleton<IControlTool, BuyNote>());

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Theory]
    [InlineData("2", "EUR", "hour", null)]
    [InlineData("2.00", "eur", "hour", null)]
    [InlineData("1.99", "EUR", "hour", "The steps cost 2 EUR an hour, which is above the cap of 1.99 EUR an hour. Plan fewer steps, or raise the cap.")]
    [InlineData("5", "USD", "hour", "The steps cost 2 EUR an hour and the cap is 5 USD an hour, which cannot be compared.")]
    [InlineData("5", "EUR", "day", "The steps cost 2 EUR an hour and the cap is 5 EUR a day, which cannot be compared.")]
    public async Task What_costs_more_than_its_cap_is_not_planned(string amount, string currency, string per, string? why)
    {
        var asked = await BuyAsync(Cap(amount, currency, per), "a", "b");
        if (why is null)
        {
            Assert.Equal(("confirmation_required", new Cost("2", "EUR", "hour")), (asked.Status, asked.Plan!.Cost));
            Assert.Equal($$"""{"amount":"2","currency":"EUR","per":"hour"}""", asked.Plan.Arguments["cost_cap"]!.ToJsonString());
            return;
        }
        Assert.Equal("denied", asked.Status);
        Assert.StartsWith(why, asked.Error!.Message, StringComparison.Ordinal);
        Assert.Equal("tool.denied plan.batch", (await _hub.EventsAsync())[^1]);
        Assert.Equal(0, await _hub.CountAsync("select count(*) from approvals"));
    }

    [Theory]
    [InlineData("lots", "EUR")]
    [InlineData("-1", "EUR")]
    [InlineData("1e3", "EUR")]
    [InlineData("1.23456", "EUR")]
    [InlineData("2", "€€€")]
    [InlineData("2", "E")]
    public async Task A_cap_that_is_none_is_refused(string amount, string currency) =>
        Assert.Equal("invalid", (await BuyAsync(Cap(amount, currency, "hour"), "a")).Status);

    [Fact]
    public async Task What_costs_nothing_is_within_any_cap_and_the_cap_is_in_the_hash()
    {
        object[] steps = [new { tool = "note.drop", arguments = new { id = "a" } }];
        await _hub.SetAsync("a", "one");
        var free = await _hub.CallAsync("plan.batch", new { steps, cost_cap = Cap("0", "USD", "month") });
        Assert.Equal(("confirmation_required", null), (free.Status, free.Plan!.Cost));
        var (tight, loose) = (await BuyAsync(Cap("1", "EUR", "hour"), "x"), await BuyAsync(Cap("9", "EUR", "hour"), "x"));
        Assert.NotEqual(tight.Plan!.Hash, loose.Plan!.Hash);
        Assert.Equal(tight.Plan.Hash, PlanHash.Of(tight.Plan));
    }

    [Fact]
    public async Task A_price_that_moved_before_the_decision_makes_the_plan_stale_and_one_above_the_cap_stops_it()
    {
        var asked = await BuyAsync(Cap("3", "EUR", "hour"), "a", "b");
        _shop.Price = "1.50";
        var stale = Assert.IsType<ApprovalDecision.Stale>(await _hub.ApproveAsync(asked.ApprovalId));
        Assert.Equal(("superseded", "3.00"), ((await _hub.Approvals.OpenAsync(GateHub.Ada, asked.ApprovalId!, default))!.Approval.Status, stale.Plan!.Cost!.Amount));
        Assert.Equal("2", (string?)Assert.Single(stale.Difference, d => (string?)d!["kind"] == "cost")!["planned"]!["amount"]);
        _shop.Price = "1.51";
        var refused = Assert.IsType<ApprovalDecision.Refused>(await _hub.ApproveAsync(stale.ApprovalId));
        Assert.Equal("denied", refused.Code);
        Assert.Contains("3.02 EUR an hour", refused.Message, StringComparison.Ordinal);
        Assert.Null(await _hub.NoteAsync("a"));
        _shop.Price = "1.50";
        Assert.Equal("completed", Assert.IsType<ApprovalDecision.Done>(await _hub.ApproveAsync(stale.ApprovalId)).Outcome.Status);
    }

    [Fact]
    public async Task A_price_that_moves_between_two_steps_stops_the_rest_and_what_is_left_of_the_cap_holds_for_it()
    {
        var asked = await BuyAsync(Cap("3.50", "EUR", "hour"), "a", "b", "c");
        _shop.After = id => _shop.Price = id == "a" ? "1.20" : _shop.Price;
        var done = Assert.IsType<ApprovalDecision.Done>(await _hub.ApproveAsync(asked.ApprovalId)).Outcome;
        Assert.Equal(("partial", "plan_stale"), (done.Status, done.Error!.Code));
        Assert.Equal(["completed", "stale", "not_run"], Statuses(done));
        var rest = Assert.IsType<ApprovalDecision.Fresh>(await _hub.Approvals.PlanRestAsync(GateHub.Ada, asked.ApprovalId!, default)).Approval;
        Assert.Equal(new Cost("2.40", "EUR", "hour"), rest.Plan!.Cost);
        Assert.Equal("2.5", (string?)rest.Plan.Arguments["cost_cap"]!["amount"]);
        _shop.Price = "1.30";
        await _hub.Approvals.DeclineAsync(GateHub.Ada, rest.Id, null, default);
        Assert.Equal("denied", Assert.IsType<ApprovalDecision.Refused>(await _hub.Approvals.PlanRestAsync(GateHub.Ada, asked.ApprovalId!, default)).Code);
    }

    [Fact]
    public async Task A_dry_run_whose_price_moved_is_stale()
    {
        var planned = await _hub.CallAsync("note.buy", new { id = "a" }, dryRun: true);
        _shop.Price = "4";
        var applied = await _hub.Gate.ApplyPlanAsync(GateHub.Ada, planned.Plan!.Id, "request-apply", new CallOrigin("rest"), default);
        Assert.Equal(("plan_stale", "4"), (applied.Status, applied.Plan!.Cost!.Amount));
    }

    [Fact]
    public async Task A_process_that_dies_between_two_steps_is_followed_by_one_that_does_the_others_once()
    {
        var asked = await BuyAsync(null, "a", "b", "c", "d");
        _shop.After = id =>
        {
            if (id == "c") throw new HubUnavailableException("The process is gone.", new InvalidOperationException());
        };
        await Assert.ThrowsAsync<HubUnavailableException>(() => _hub.ApproveAsync(asked.ApprovalId, veto: [1]));
        Assert.Equal(("bought", null, null), (await _hub.NoteAsync("a"), await _hub.NoteAsync("b"), await _hub.NoteAsync("c")));
        Assert.Equal(new BatchProgress(1, 3), await _hub.Get<IBatchProgress>().FindAsync(GateHub.Ada, asked.ApprovalId!, default));
        _shop.After = _ => { };
        await using var next = await _hub.ReopenAsync();
        var outcome = await next.Get<BatchRunner>().RunAsync(await BatchAsync());
        Assert.Equal(["completed", "vetoed", "completed", "completed"], Statuses(outcome));
        Assert.Equal(3, await _hub.CountAsync("select sum(version) from notes"));
        Assert.Equal(3, (await _hub.EventsAsync()).Count(e => e == "tool.applied note.buy"));
    }

    private async Task<string> BatchAsync()
    {
        await using var reader = await _hub.Database.ReadAsync(default);
        return (await reader.FindAsync<string>("select id from batches", null, default))!;
    }

    private Task<Outcome> BuyAsync(object? cap, params string[] ids)
    {
        var steps = ids.Select(id => new { tool = "note.buy", arguments = new { id } });
        return cap is null ? _hub.CallAsync("plan.batch", new { steps }) : _hub.CallAsync("plan.batch", new { steps, cost_cap = cap });
    }

    private static object Cap(string amount, string currency, string per) => new { amount, currency, per };

    private static IEnumerable<string> Statuses(Outcome outcome) => outcome.Result!["steps"]!.AsArray().Select(s => s!["status"]!.GetValue<string>());
}

public sealed class BatchCostOnSqliteTests() : BatchCostTests(TestStore.Sqlite);

public sealed class BatchCostOnPostgresTests() : BatchCostTests(TestStore.Postgres);

/// <summary>What a bought note costs an hour, and what happens right after one was written.</summary>
internal sealed class Shop
{
    public string Price { get; set; } = "1";

    public Action<string> After { get; set; } = _ => { };
}

internal sealed class BuyNote(Shop shop) : WriteTool<BuyNote.Arguments>
{
    public sealed record Arguments([MaxLength(40)] string Id);

    public override ToolDefinition Definition { get; } = Define("note.buy", ToolScope.Billing, "Makes a note that costs.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments a, CancellationToken cancellationToken)
    {
        var note = await Note.SeenAsync(context, a.Id, cancellationToken);
        return new PlanDraft(new JsonObject { ["id"] = a.Id }, $"Buy note '{a.Id}'", [new Effect("create", $"note/{a.Id}", null, null, "bought")], [new ReadVersion($"note/{a.Id}", note?.Version ?? 0)], ToolScope.Billing)
        {
            Cost = new Cost(decimal.Parse(shop.Price, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture), "EUR", "hour"),
            Compensation = new Compensation("note.drop", new JsonObject { ["id"] = a.Id }),
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var id = plan.Arguments["id"]!.GetValue<string>();
        await context.Transaction.ExecuteAsync("insert into notes (id, text, version) values (@id, 'bought', 1) on conflict (id) do update set version = notes.version + 1", new { id }, cancellationToken);
        shop.After(id);
        return [];
    }
}
