using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>A hub of the version before is upgraded: what its record says of accounts ties from the first day, whatever people are called.</summary>
public abstract class PolicyUpgradeTests(TestStore store)
{
    [Fact]
    public async Task What_the_record_says_of_accounts_ties_after_the_upgrade()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        foreach (var sql in (string[])["drop index auth_sessions_lineage", "drop index auth_sessions_mark", "alter table auth_sessions drop column lineage", "alter table auth_sessions drop column browser_mark", "drop table account_ties", "drop table policy_versions"])
            await hub.WriteAsync(sql);
        if (store == TestStore.Postgres) await hub.WriteAsync("drop function policy_version_follows; drop function policy_version_kept");
        await hub.WriteAsync("delete from schema_versions where name = '033_policy'");
        foreach (var (account, by, change, name) in ((string, string, string, string)[])
        [
            ("acc_mara", "acc_olga", "created", "Mara"),
            // What a name may hold: it looks like an escaped NUL once its body is written as JSON.
            ("acc_eve", "acc_olga", "password_link", @"C:\u0000"),
            ("acc_nul", "acc_olga", "created", "\0"),
            ("acc_ben", "acc_ben", "email", "Ben"),
            ("acc_ben", "acc_olga", "closed", "Ben"),
        ])
            await AppendAsync(hub, account, by, change, name);

        await using var after = await hub.ReopenAsync();

        await using var reader = await after.Gate.Database.ReadAsync(default);
        var ties = await reader.QueryAsync<string>("select account_id || ' ' || by_id || ' ' || what from account_ties order by 1", null, default);
        Assert.Equal(["acc_eve acc_olga password_link", "acc_mara acc_olga created", "acc_nul acc_olga created"], ties);
        Assert.Equal(Tie.Given, (await AccountTies.OfAsync(reader, "acc_mara", default))["acc_olga"]);
    }

    private static async Task AppendAsync(PolicyHub hub, string account, string by, string change, string name)
    {
        await using var transaction = await hub.Gate.Database.BeginAsync(default);
        await hub.Gate.Get<IAuditTrail>().AppendAsync(transaction, new AuditEntry("account.changed", "completed", new AuditActor(by, null, null, "ui"))
        {
            Data = new JsonObject { ["account_id"] = account, ["change"] = change, ["name"] = name },
        }, default);
        await transaction.CommitAsync(default);
    }
}

public sealed class PolicyUpgradeOnSqliteTests() : PolicyUpgradeTests(TestStore.Sqlite);

public sealed class PolicyUpgradeOnPostgresTests() : PolicyUpgradeTests(TestStore.Postgres);
