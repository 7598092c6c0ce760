using System.Text;
using Bunit;
using ControlChat.App.Invitations;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Tools.Onboarding;
using ControlChat.Tests.App.Layout;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Invitations;

/// <summary>The dialog for several people over the real hub: paste, look, plan.</summary>
public sealed class InviteSeveralTests : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private readonly List<string> _planned = [];
    private HubShell _shell = null!;

    public async ValueTask InitializeAsync() => _shell = await HubShell.StartAsync(args: ["--Hosts:PricePerHour=0.10"]);

    public ValueTask DisposeAsync() => _shell.DisposeAsync();

    [Fact]
    public void It_begins_empty_and_says_what_to_paste()
    {
        var page = Show();
        Assert.Contains("Nobody yet. Paste a table or choose a file.", Total(page), StringComparison.Ordinal);
        Assert.True(page.Find("button[type=submit]").HasAttribute("disabled"));
        Assert.Empty(page.FindAll("[role=alert], [data-person]"));
    }

    [Fact]
    public async Task A_workspace_each_with_hosts_is_planned_within_its_cap()
    {
        var page = Show();
        Paste(page, "email,name\nmara@example.org,Mara Weber\njonas@example.org,Jonas Lind");
        page.FindAll("input[type=radio]")[1].Change(true);
        page.Find("#several-host").Change("medium");
        page.Find("#several-cap").Input("0.39");
        Assert.Contains("above the cap of 0.39 EUR an hour", Assert.Single(page.FindAll("[role=alert]")).TextContent, StringComparison.Ordinal);
        Assert.True(page.Find("button[type=submit]").HasAttribute("disabled"));
        Assert.Equal("2 people, 6 steps, € 0.40 an hour. Nothing is planned before that is mended.", Total(page));
        page.Find("#several-cap").Input("0,4");
        Assert.Equal("2 people, 6 steps, € 0.40 an hour. The plan asks for approval before anything is done.", Total(page));
        Assert.Contains("collaborator of Mara Weber, medium host", page.Find("[data-person='2']").TextContent, StringComparison.Ordinal);
        page.Find("#several-form").Submit();
        page.WaitForAssertion(() => Assert.Single(_planned), _patience);
        var approval = (await _shell.Of<IApprovals>().OpenAsync(_shell.Hub.Person, _planned[0], default))!.Approval;
        Assert.Equal((6, "0.4", false), (approval.Plan!.Steps!.Count, (string?)approval.Plan.Arguments["cost_cap"]!["amount"], approval.Plan.Tainted));
    }

    [Fact]
    public void Every_fault_stands_beside_its_row_and_the_text_stays()
    {
        var page = Show();
        const string text = "email,role\nmara@example.org,admin\nmara@example.org,viewer\nnobody,viewer";
        Paste(page, text);
        Assert.Contains("There is no such role.", page.Find("[data-person='2']").TextContent, StringComparison.Ordinal);
        Assert.Contains("in row 2 already", page.Find("[data-person='3']").TextContent, StringComparison.Ordinal);
        Assert.Contains("is no e-mail address", page.Find("[data-person='4']").TextContent, StringComparison.Ordinal);
        Assert.StartsWith("3 of 3 rows need a look.", Total(page), StringComparison.Ordinal);
        Assert.True(page.Find("button[type=submit]").HasAttribute("disabled"));
        Assert.Equal(text, page.Find("#several-people").GetAttribute("value"));
    }

    [Fact]
    public void What_the_gate_refuses_is_said_here_and_the_text_stays()
    {
        var page = Show();
        Paste(page, "mara@example.org");
        Assert.Contains("Name the workspace", Assert.Single(page.FindAll("[role=alert]")).TextContent, StringComparison.Ordinal);
        page.Find("#several-workspace").Input("nowhere");
        page.Find("#several-form").Submit();
        page.WaitForAssertion(() => Assert.Contains("nowhere", Assert.Single(page.FindAll("[role=alert]")).TextContent, StringComparison.Ordinal), _patience);
        Assert.Empty(_planned);
        Assert.Equal("mara@example.org", page.Find("#several-people").GetAttribute("value"));
    }

    [Fact]
    public async Task A_file_is_read_up_to_its_bound_and_what_is_planned_from_it_says_so()
    {
        var page = Show();
        page.FindAll("input[type=radio]")[1].Change(true);
        Choose(page, Encoding.UTF8.GetBytes(new string('a', PeopleReader.MostBytes + 1)));
        page.WaitForAssertion(() => Assert.Contains("more than 24 KiB", page.Find("[role=alert]").TextContent, StringComparison.Ordinal), _patience);
        Choose(page, [.. "email,name\nmara@example.org,M"u8, 0xE4, .. "ra"u8]);
        page.WaitForAssertion(() => Assert.Contains("not in UTF-8", page.Find("[role=alert]").TextContent, StringComparison.Ordinal), _patience);
        Choose(page, [.. Encoding.UTF8.GetPreamble(), .. "email;name\r\nmara@example.org;Mära\r\n"u8]);
        page.WaitForAssertion(() => Assert.Contains("Mära", page.Find("[data-person='2']").TextContent, StringComparison.Ordinal), _patience);
        page.Find("#several-form").Submit();
        page.WaitForAssertion(() => Assert.Single(_planned), _patience);
        Assert.True((await _shell.Of<IApprovals>().OpenAsync(_shell.Hub.Person, _planned[0], default))!.Approval.Plan!.Tainted);
    }

    [Fact]
    public async Task What_came_out_of_a_file_is_no_draft_and_stays_from_outside_whatever_is_typed_into_it()
    {
        var page = Show();
        page.FindAll("input[type=radio]")[1].Change(true);
        Assert.NotEqual("", page.Find("#several-people").GetAttribute("data-draft"));
        Choose(page, "mara@example.org\n"u8.ToArray());
        page.WaitForElement("[data-person='1']", _patience);
        Assert.Equal("", page.Find("#several-people").GetAttribute("data-draft"));
        Paste(page, "");
        Paste(page, "mara@example.org\njonas@example.org");
        Assert.Equal("", page.Find("#several-people").GetAttribute("data-draft"));
        page.Render(p => p.Add(d => d.Open, false));
        page.Render(p => p.Add(d => d.Open, true));
        Assert.Equal("", page.Find("#several-people").GetAttribute("value") ?? "");
        Assert.Empty(page.FindAll("[data-from-file], [data-person]"));
        Assert.Empty(_shell.JSInterop.Invocations["controlchat.draft.write"]);
        Choose(page, "mara@example.org\n"u8.ToArray());
        page.WaitForElement("[data-from-file]", _patience);
        Paste(page, "");
        Paste(page, "mara@example.org");
        page.FindAll("input[type=radio]")[1].Change(true);
        page.Find("#several-form").Submit();
        page.WaitForAssertion(() => Assert.Single(_planned), _patience);
        Assert.True((await _shell.Of<IApprovals>().OpenAsync(_shell.Hub.Person, _planned[0], default))!.Approval.Plan!.Tainted);
    }

    [Fact]
    public void Clearing_what_came_out_of_a_file_begins_anew()
    {
        var page = Show();
        Choose(page, "mara@example.org\n"u8.ToArray());
        page.WaitForElement("[data-from-file]", _patience);
        page.FindAll("button").Single(b => b.TextContent.Trim() == "Clear").Click();
        Assert.Empty(page.FindAll("[data-from-file]"));
        Assert.NotEqual("", page.Find("#several-people").GetAttribute("data-draft"));
    }

    [Fact]
    public void Out_of_one_dialog_comes_one_plan_however_often_it_is_sent()
    {
        var gate = new SlowGate(_shell.Of<IToolGate>(), obeys: true);
        var page = Sent(gate);
        page.Find("#several-form").Submit();
        Assert.True(page.Find("button[type=submit]").HasAttribute("disabled"));
        gate.Go.SetResult();
        page.WaitForAssertion(() => Assert.Single(_planned), _patience);
        page.Find("#several-form").Submit();
        Assert.True(page.Find("button[type=submit]").HasAttribute("disabled"));
        Assert.Single(gate.Requests);
    }

    [Fact]
    public void Closing_it_calls_the_plan_off_and_the_same_sent_again_is_the_same_request()
    {
        var gate = new SlowGate(_shell.Of<IToolGate>(), obeys: true);
        var page = Sent(gate);
        page.Render(p => p.Add(d => d.Open, false));
        page.Render(p => p.Add(d => d.Open, true));
        gate.Go.SetResult();
        Fill(page);
        page.Find("#several-form").Submit();
        page.WaitForAssertion(() => Assert.Single(_planned), _patience);
        Assert.Equal(gate.Requests[0], gate.Requests[1]);
        page.Render(p => p.Add(d => d.Open, false));
        page.Render(p => p.Add(d => d.Open, true));
        Fill(page);
        page.Find("#several-form").Submit();
        page.WaitForAssertion(() => Assert.Equal(2, _planned.Count), _patience);
        Assert.NotEqual(gate.Requests[1], gate.Requests[2]);
    }

    [Fact]
    public void Whoever_closed_it_is_led_nowhere_when_the_plan_was_made_all_the_same()
    {
        var gate = new SlowGate(_shell.Of<IToolGate>(), obeys: false);
        var page = Sent(gate);
        page.Render(p => p.Add(d => d.Open, false));
        gate.Go.SetResult();
        page.WaitForAssertion(() => Assert.Single(_shell.JSInterop.Invocations["controlchat.draft.clear"]), _patience);
        Assert.Empty(_planned);
    }

    private IRenderedComponent<InviteSeveral> Sent(SlowGate gate)
    {
        _shell.Services.AddSingleton<IToolGate>(gate);
        var page = Show();
        Fill(page);
        page.Find("#several-form").Submit();
        return page;
    }

    private static void Fill(IRenderedComponent<InviteSeveral> page)
    {
        Paste(page, "mara@example.org");
        page.FindAll("input[type=radio]")[1].Change(true);
    }

    [Fact]
    public void A_draft_of_this_browser_is_put_back()
    {
        _shell.JSInterop.Setup<string>("controlchat.draft.read", $"people-{_shell.Hub.Person.AccountId}").SetResult("mara@example.org");
        var page = Show();
        page.WaitForElement("[data-person='1']", _patience);
        Assert.Equal("mara@example.org", page.Find("#several-people").GetAttribute("value"));
    }

    private IRenderedComponent<InviteSeveral> Show() => _shell.Render<InviteSeveral>(p => p.Add(d => d.Open, true).Add(d => d.OnPlanned, id => _planned.Add(id)));

    private static void Paste(IRenderedComponent<InviteSeveral> page, string text) => page.Find("#several-people").Input(text);

    private static void Choose(IRenderedComponent<InviteSeveral> page, byte[] content) =>
        page.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromBinary(content, "class.csv"));

    private static string Total(IRenderedComponent<InviteSeveral> page) => page.Find("[data-total]").TextContent;

    /// <summary>The hub's gate behind a door that opens when the test says so.</summary>
    private sealed class SlowGate(IToolGate gate, bool obeys) : IToolGate
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string?> Requests { get; } = [];

        public async Task<Outcome> InvokeAsync(Principal principal, ToolCall call, CancellationToken cancellationToken)
        {
            Requests.Add(call.RequestId);
            var seen = obeys ? cancellationToken : CancellationToken.None;
            await Go.Task.WaitAsync(seen);
            return await gate.InvokeAsync(principal, call, seen);
        }

        public Task<Outcome> ApplyPlanAsync(Principal principal, string planId, string? requestId, CallOrigin origin, CancellationToken cancellationToken) => gate.ApplyPlanAsync(principal, planId, requestId, origin, cancellationToken);

        public Task<PlanDetail?> FindPlanAsync(Principal principal, string planId, CancellationToken cancellationToken) => gate.FindPlanAsync(principal, planId, cancellationToken);
    }
}
