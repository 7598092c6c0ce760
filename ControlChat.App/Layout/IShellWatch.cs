namespace ControlChat.App.Layout;

/// <summary>What goes on beside every page of one window. Scoped: it begins when the browser has drawn the frame, and ends with the circuit.</summary>
public interface IShellWatch
{
    /// <summary>Called at least once.</summary>
    void Begin();
}
