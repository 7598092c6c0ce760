using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Ask;

/// <summary>What messages have in common. One is drawn again only when its version moved: long conversations stay fast.</summary>
public abstract class ItemBase : ComponentBase
{
    private (int Version, ReaderClock Clock, ShellFacts Facts, AskState? State) _drawn = (-1, ReaderClock.Unknown, ShellFacts.Neutral, null);

    [Parameter, EditorRequired] public AskConversation Talk { get; set; } = null!;

    [Parameter, EditorRequired] public int Version { get; set; }

    [CascadingParameter] protected ReaderClock Clock { get; set; } = ReaderClock.Unknown;

    [CascadingParameter] protected ShellFacts Facts { get; set; } = ShellFacts.Neutral;

    /// <summary>The sequence links lead to.</summary>
    protected abstract long? Seq { get; }

    protected string? Anchor => Seq is { } seq ? $"m-{seq}" : null;

    protected string? Link => Seq is { } seq && Talk.Id is { } id ? $"/c/{id}#m-{seq}" : null;

    protected override bool ShouldRender()
    {
        var now = (Version, Clock, Facts, Talk.State);
        var draw = now != _drawn;
        _drawn = now;
        return draw;
    }

    protected Task AgainAsync(AskItem.Written asked) => Talk.SendAsync(asked.Text, Ids.New("ask"), asked.Context);
}
