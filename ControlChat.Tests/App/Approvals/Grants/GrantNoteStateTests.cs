using ControlChat.App.Approvals;
using ControlChat.App.Approvals.Grants;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Grants;

/// <summary>What a receipt proposes and what comes of saying yes, without a page.</summary>
public sealed class GrantNoteStateTests : IAsyncLifetime
{
    private GrantBed _bed = null!;
    private AsyncServiceScope _scope;

    public async ValueTask InitializeAsync()
    {
        _bed = await GrantBed.OpenAsync(TestStore.Sqlite);
        _scope = _bed.Hub.Services.CreateAsyncScope();
        Enter(_bed.Ada);
    }

    public async ValueTask DisposeAsync()
    {
        await _scope.DisposeAsync();
        await _bed.DisposeAsync();
    }

    [Fact]
    public async Task It_proposes_what_was_seen_by_name_and_grants_it_on_a_click()
    {
        var note = await ProposedAsync();
        Assert.Equal((5, 7, false), (note.Count, note.Days, note.NeedsFreshSignIn));
        Assert.Equal("kettle", GrantWords.Things(note.Offer!.Constraints, note.Names));
        note.Count = 3;
        Assert.True(await note.MakeAsync());
        Assert.Equal((3, "active"), (note.Made!.Count, note.Made.Status));
        Assert.Equal(3, (await _bed.FindAsync(note.Made)).Count);
    }

    [Fact]
    public async Task A_sign_in_of_long_ago_is_asked_for_again_and_what_was_entered_is_taken_up()
    {
        var note = await ProposedAsync();
        _bed.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.False(await note.MakeAsync());
        Assert.True(note.NeedsFreshSignIn);
        Assert.Null(note.Trouble);
        Enter(await _bed.SignInAsync(_bed.Ada.AccountId));
        note.Restore("9", "2");
        Assert.True(await note.MakeAsync());
        Assert.Equal((9, false), (note.Made!.Count, note.NeedsFreshSignIn));
    }

    [Theory, InlineData(0, 7, "'count' must be 1 to 100."), InlineData(101, 7, "'count' must be 1 to 100."), InlineData(5, 0, "Choose 1 to 30 days."), InlineData(5, 31, "Choose 1 to 30 days.")]
    public async Task Too_many_and_too_long_is_refused_with_words(int count, int days, string words)
    {
        var note = await ProposedAsync();
        (note.Count, note.Days) = (count, days);
        Assert.False(await note.MakeAsync());
        Assert.Equal(words, note.Trouble);
        Assert.Null(note.Made);
    }

    [Fact]
    public async Task The_most_there_may_be_can_be_chosen()
    {
        var note = await ProposedAsync();
        (note.Count, note.Days) = (100, 30);
        Assert.True(await note.MakeAsync());
    }

    [Fact]
    public async Task Who_signed_out_is_proposed_nothing()
    {
        var workspace = await _bed.WorkspaceAsync(_bed.Ada);
        await _bed.DecidedAsync(workspace, _bed.Ada);
        var last = await _bed.DecidedAsync(workspace, _bed.Ada);
        Enter(null);
        var note = new GrantNoteState(last, Desk);
        await note.LoadAsync();
        Assert.Null(note.Offer);
        Assert.False(await note.MakeAsync());
    }

    private ApprovalDesk Desk => _scope.ServiceProvider.GetRequiredService<ApprovalDesk>();

    private void Enter(Principal? person) => _scope.ServiceProvider.GetRequiredService<CircuitPrincipal>().Set(person);

    private async Task<GrantNoteState> ProposedAsync()
    {
        var workspace = await _bed.WorkspaceAsync(_bed.Ada);
        await _bed.DecidedAsync(workspace, _bed.Ada);
        var note = new GrantNoteState(await _bed.DecidedAsync(workspace, _bed.Ada), Desk);
        await note.LoadAsync();
        Assert.NotNull(note.Offer);
        return note;
    }
}
