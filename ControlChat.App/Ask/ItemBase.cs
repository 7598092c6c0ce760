using ControlChat.App.Layout;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Ask;

/// <summary>What messages have in common. One is drawn again only when its version moved: long conversations stay fast, and the renderer holds one drawing of it, not two.</summary>
public abstract class ItemBase : ComponentBase
{
    private (int Version, ReaderClock Clock, ShellAccount? Account, AskState State) _drawn;

    [Parameter, EditorRequired] public AskConversation Talk { get; set; } = null!;

    // Handed down and not cascaded: of a component that takes something cascaded, the renderer keeps what it was given besides.
    [Parameter, EditorRequired] public ReaderClock Clock { get; set; } = ReaderClock.Unknown;

    /// <summary>What is shown.</summary>
    protected abstract AskItem Shown { get; }

    /// <summary>Whose name is drawn with it.</summary>
    protected virtual ShellAccount? Account => null;

    protected string? Anchor => Shown.Seq is { } seq ? $"m-{seq}" : null;

    protected string? Link => Shown.Seq is { } seq && Talk.Id is { } id ? $"/c/{id}#m-{seq}" : null;

    private (int Version, ReaderClock Clock, ShellAccount? Account, AskState State) Now => (Shown.Version, Clock, Account, Talk.State);

    protected override bool ShouldRender() => Now != _drawn;

    /// <summary>The first line of each drawing.</summary>
    protected void Drawn() => _drawn = Now;
}
