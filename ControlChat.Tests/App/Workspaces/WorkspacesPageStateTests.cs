using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.App.Workspaces;
using ControlChat.Core.Gate;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Workspaces;

public sealed class WorkspacesPageStateTests
{
    private static readonly WorkspacesQuery All = new(null, null, null, null, null);
    private readonly ScriptedGate _gate = new();
    private readonly WorkspacesPageState _state;

    public WorkspacesPageStateTests()
    {
        var who = new CircuitPrincipal();
        who.Set(WorkspaceHub.Person("acc_1"));
        _state = new WorkspacesPageState(new WorkspaceCalls(_gate, who), new FakeTime(), new ChosenRows(25));
    }

    [Fact]
    public void The_address_says_what_is_shown_and_nothing_else()
    {
        Assert.Equal("/workspaces", All.Href);
        Assert.Equal("/workspaces/ws_1?text=a%20b%26c&tag=x&state=trashed&cursor=abc", new WorkspacesQuery("a b&c", "x", "trashed", "abc", "ws_1").Href);
        Assert.Equal(new WorkspacesQuery("a", null, null, null, null), WorkspacesQuery.Of(" a ", "", "deleted", null, null));
    }

    [Fact]
    public async Task One_is_called_alone_and_many_become_one_plan()
    {
        Add("a", "b", "c");
        await _state.ShowAsync(All, CancellationToken.None);
        await _state.DoAsync("workspace.archive", [_state.Items[0]], id => new() { ["workspace_id"] = id }, CancellationToken.None);
        Assert.Equal(("workspace.archive", "ui"), (_gate.Last.Tool, _gate.Last.Origin.Via));
        await _state.DoAsync("workspace.archive", _state.Items, id => new() { ["workspace_id"] = id }, CancellationToken.None);
        Assert.Equal("plan.batch", _gate.Last.Tool);
        Assert.Equal(3, _gate.Last.Arguments.GetProperty("steps").GetArrayLength());
        Assert.Equal(_state.Items[2].Id, _gate.Last.Arguments.GetProperty("steps")[2].GetProperty("arguments").GetProperty("workspace_id").GetString());
    }

    [Fact]
    public async Task A_page_has_as_many_rows_as_the_person_chose()
    {
        await _state.ShowAsync(All, CancellationToken.None);
        await _state.RefreshAsync(CancellationToken.None);
        Assert.Equal([25, 25], _gate.Calls.Select(c => c.Arguments.GetProperty("limit").GetInt32()));
    }

    [Fact]
    public async Task Every_call_has_a_request_id_of_its_own()
    {
        Add("a");
        await _state.ShowAsync(All, CancellationToken.None);
        await _state.DoAsync("workspace.archive", _state.Items, id => new() { ["workspace_id"] = id }, CancellationToken.None);
        Assert.Equal(_gate.Calls.Count, _gate.Calls.Select(c => c.RequestId).Distinct().Count());
    }

    [Fact]
    public async Task Rows_change_in_place_and_new_ones_wait()
    {
        Add("a", "b");
        await _state.ShowAsync(All, CancellationToken.None);
        var renamed = _gate.Workspaces[1] with { Title = "b2" };
        _gate.Workspaces.RemoveAt(1);
        _gate.Workspaces.Insert(0, renamed);
        _gate.Workspaces.Insert(0, ScriptedGate.Of("new"));
        await _state.RefreshAsync(CancellationToken.None);
        Assert.Equal(["a", "b2"], _state.Items.Select(w => w.Title));
        Assert.Equal(1, _state.NewRows);
        _state.ShowNew();
        Assert.Equal(["new", "a", "b2"], _state.Items.Select(w => w.Title));
        Assert.Equal(0, _state.NewRows);
    }

    [Fact]
    public async Task What_is_gone_leaves_and_the_first_row_of_an_empty_list_is_shown_at_once()
    {
        Add("a");
        await _state.ShowAsync(All, CancellationToken.None);
        _gate.Workspaces.Clear();
        await _state.RefreshAsync(CancellationToken.None);
        Assert.Equal(PanelLook.Empty, _state.Look);
        Add("b");
        await _state.RefreshAsync(CancellationToken.None);
        Assert.Equal((PanelLook.Live, 0), (_state.Look, _state.NewRows));
    }

    [Fact]
    public async Task A_range_is_selected_from_the_row_touched_before()
    {
        Add("a", "b", "c", "d");
        await _state.ShowAsync(All, CancellationToken.None);
        _state.Touch(_state.Items[3], range: false);
        _state.Touch(_state.Items[1], range: true);
        Assert.Equal(["b", "c", "d"], _state.Selected.Select(w => w.Title));
        await _state.ShowAsync(All with { State = "active" }, CancellationToken.None);
        Assert.Empty(_state.Selected);
    }

    [Fact]
    public async Task An_undo_that_is_done_strikes_the_receipt_and_one_that_asks_waits_beside_it()
    {
        Add("a");
        await _state.ShowAsync(All, CancellationToken.None);
        await _state.DoAsync("workspace.rename", _state.Items, id => new() { ["workspace_id"] = id, ["title"] = "b" }, CancellationToken.None);
        var receipt = Assert.Single(_state.Receipts);
        _gate.Answer = call => ScriptedGate.Waits(call.Tool, "Undo: Create 'a'");
        await _state.UndoAsync(receipt, CancellationToken.None);
        Assert.Null(receipt.UndoneAt);
        Assert.Equal(["confirmation_required", "completed"], _state.Receipts.Select(r => r.Outcome.Status));
        _gate.Answer = call => ScriptedGate.Done(call.Tool, "Undo");
        await _state.UndoAsync(receipt, CancellationToken.None);
        Assert.NotNull(receipt.UndoneAt);
        Assert.Equal("act_1", _gate.Last.Arguments.GetProperty("action_id").GetString());
    }

    [Fact]
    public async Task A_list_that_does_not_come_says_why_and_comes_later()
    {
        _gate.Fault = new OutcomeError("unavailable", "The hub's database is busy.");
        await _state.ShowAsync(All, CancellationToken.None);
        Assert.Equal((PanelLook.Failed, "The hub's database is busy."), (_state.Look, _state.Fault!.Message));
        _gate.Fault = null;
        Add("a");
        await _state.LoadAsync(CancellationToken.None);
        Assert.Equal(PanelLook.Live, _state.Look);
    }

    private void Add(params string[] titles) => _gate.Workspaces.AddRange(titles.Select(t => ScriptedGate.Of(t)));
}
