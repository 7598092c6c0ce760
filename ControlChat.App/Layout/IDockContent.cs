namespace ControlChat.App.Layout;

/// <summary>
/// What stands in the dock beside every page. Whoever owns Ask registers one; the component takes no parameters, draws its own
/// head (class conv-head) and asks <see cref="Dock"/>, which it receives as a cascading value, to close.
/// </summary>
public interface IDockContent
{
    /// <summary>A component type without parameters.</summary>
    Type Component { get; }
}

/// <summary>The dock as its content sees it.</summary>
public sealed class Dock(Func<Task> close)
{
    public Task CloseAsync() => close();
}
