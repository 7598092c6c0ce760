using System.Globalization;
using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Npgsql;
using Xunit;
using static ControlChat.Journeys.Browsing.Person;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>
/// A team on two nodes: an admin lets two people in, one shares a workspace with the other, who may not do everything, and a decision is
/// made in another browser on the other node while the first node is killed.
/// </summary>
public sealed partial class TeamJourney(Browser browser)
{
    private const string Owner = "olga@halden.example";
    private const string Member = "mara@halden.example";
    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 30_000 };

    [Fact]
    public async Task A_team_shares_decides_elsewhere_and_loses_a_node_and_nothing_is_lost_or_done_twice()
    {
        await using var proxy = new TcpProxy();
        await using var nodes = await HubNodes.MakeAsync(("SignIn:Link", "false"), ("Hub:PublicUrl", proxy.Url));
        var one = await nodes.StartAsync();
        proxy.LeadTo(one);
        var two = await nodes.StartAsync();
        var links = new Dictionary<string, string>();
        await browser.VisitAsync(At(proxy.Url, one), visit => LetInAsync(visit, links));
        await browser.VisitAsync(At(proxy.Url, one), async first =>
        {
            first.Expect("WebSocket|Failed to fetch|ERR_|net::|Connection disconnected|negotiat|Connection closed");
            await ChoosePasswordAsync(first, links[Owner]);
            await ShareAsync(first);
            await browser.VisitAsync(At(proxy.Url, one), visit => ChoosePasswordAsync(visit, links[Member]), new VisitOptions(SignIn: false));
            await browser.VisitAsync(At(two.Url, two), BeRefusedAsync, new VisitOptions(SignIn: false));
            await SayAsync(first.Page, "Archive river-north");
            await Expect(first.Page.Locator("[data-waits] .plan")).ToContainTextAsync("archived", new() { Timeout = 30_000 });
            await Composer(first.Page).FillAsync("and after that");
            var address = first.Page.Url;

            await browser.VisitAsync(At(two.Url, two), second => DecideWhileANodeDiesAsync(second, one), new VisitOptions(SignIn: false));

            await Expect(first.Page.Locator("#components-reconnect-modal")).ToBeVisibleAsync(_patient);
            proxy.LeadTo(two);
            await ComeBackAsync(first, address);
        }, new VisitOptions(SignIn: false));
        await CheckAsync(nodes, two);
    }

    private static async Task LetInAsync(Visit visit, Dictionary<string, string> links)
    {
        var page = visit.Page;
        await visit.GoAsync("/settings/people");
        foreach (var (email, name) in ((string, string)[])[(Owner, "Olga Berg"), (Member, "Mara Kowalski")])
        {
            await page.GetByLabel("E-mail", new() { Exact = true }).FillAsync(email);
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
            await page.GetByRole(AriaRole.Button, new() { Name = "Make an account" }).ClickAsync();
            await Expect(page.GetByText($"A link for {name}")).ToBeVisibleAsync();
            links[email] = await page.Locator("code.secret").InnerTextAsync();
        }
        await visit.ShotsAsync("team-people");
    }

    private static async Task ShareAsync(Visit visit)
    {
        var page = visit.Page;
        await SayAsync(page, "Create a workspace called river");
        await Expect(Receipts(page)).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await SayAsync(page, $"Share river with {Member} as collaborator");
        await Expect(page.Locator("[data-waits] .plan")).ToContainTextAsync("Mara Kowalski", new() { Timeout = 30_000 });
        await visit.ShotsAsync("team-share");
        await Approving.ApproveAsync(page.Locator("[data-waits] .plan"));
        await Expect(Receipts(page)).ToHaveCountAsync(2, new() { Timeout = 30_000 });
    }

    /// <summary>On the other node: she sees the workspace, may change it, and is told why she may not put it away.</summary>
    private static async Task BeRefusedAsync(Visit visit)
    {
        var page = visit.Page;
        await SignInAsync(visit, Member);
        await SayAsync(page, "Rename river to river-north");
        await Expect(Receipts(page)).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await SayAsync(page, "Archive river-north");
        await Expect(page.Locator("main").GetByText(Refusal()).First).ToBeVisibleAsync(_patient);
        await Expect(page.Locator("[data-waits] .plan")).ToHaveCountAsync(0);
        await visit.ShotsAsync("team-refused");
    }

    private static async Task DecideWhileANodeDiesAsync(Visit visit, HubProcess dying)
    {
        var page = visit.Page;
        await SignInAsync(visit, Owner);
        await visit.GoAsync("/approvals");
        await page.Locator("[data-approval] a.title").First.ClickAsync();
        var card = page.Locator(".plan").First;
        await Expect(card).ToContainTextAsync("river", new() { Timeout = 30_000 });
        await visit.ShotsAsync("team-elsewhere");
        await dying.KillAsync();
        await Approving.ApproveAsync(page.Locator("main"));
        await Expect(page.GetByText("exactly as approved").First).ToBeVisibleAsync(_patient);
        await visit.ShotsAsync("team-decided");
    }

    private static async Task ComeBackAsync(Visit visit, string address)
    {
        var page = visit.Page;
        await Expect(page.Locator("#components-reconnect-modal")).ToBeHiddenAsync(new() { Timeout = 30_000 });
        await visit.ReadyAsync();
        Assert.Equal(address, page.Url);
        await Expect(Composer(page)).ToHaveValueAsync("and after that");
        await Expect(Receipts(page)).ToHaveCountAsync(3, new() { Timeout = 30_000 });
        await Expect(page.Locator("[data-waits] .plan")).ToHaveCountAsync(0);
        await visit.ShotsAsync("team-back");
        // It works there, too; what others named asks first.
        await SayAsync(page, "Unarchive river-north");
        await Approving.ApproveAsync(page.Locator("[data-waits] .plan"));
        await Expect(Receipts(page)).ToHaveCountAsync(4, new() { Timeout = 30_000 });
    }

    private static async Task CheckAsync(HubNodes nodes, HubProcess left)
    {
        await using var connection = new NpgsqlConnection(nodes.ConnectionString);
        await connection.OpenAsync();
        foreach (var (tool, times) in ((string, long)[])[("workspace.archive", 1), ("workspace.add_collaborator", 1), ("workspace.rename", 1), ("workspace.unarchive", 1)])
        {
            await using var applied = new NpgsqlCommand("select count(*) from audit where event = 'tool.applied' and tool = @tool", connection) { Parameters = { new("tool", tool) } };
            Assert.Equal((tool, times), (tool, Convert.ToInt64(await applied.ExecuteScalarAsync(), CultureInfo.InvariantCulture)));
        }
        await using var denied = new NpgsqlCommand("select count(*) from audit where event = 'tool.denied' and tool = 'workspace.archive'", connection);
        Assert.Equal(1L, await denied.ExecuteScalarAsync());
        var (code, output, errors) = await left.RunAsync("audit", "verify");
        Assert.True(code == 0 && output.StartsWith("ok ", StringComparison.Ordinal), output + errors);
    }

    private static Site At(string url, HubProcess node) => new(url, node.Link, node.Tail, node.Broken);

    private static ILocator Composer(IPage page) => page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });

    private static ILocator Receipts(IPage page) => page.Locator(".card.receipt");

    [GeneratedRegex("You are a collaborator of .river-north.")]
    private static partial Regex Refusal();
}
